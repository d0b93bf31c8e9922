// SPDX-License-Identifier: GPL-3.0-or-later
//
// Composes one plan over an image again and again in this process, as the conductor does for its nodes, and prints what
// one composition takes: {"median_us", "p95_us", "delta_bytes", "memory_bytes", "peak_rss_kib"}.
#include "vmedia/compose/composer.h"
#include "vmedia/compose/fingerprint.h"

#include <sys/resource.h>
#include <algorithm>
#include <chrono>
#include <iostream>

namespace {

using namespace isolde;

constexpr int kRuns = 200;

vmedia::InjectionPlan node_plan(int node) {
    vmedia::InjectionPlan plan;
    plan.append = {"console=ttyS0,115200", "node=" + std::to_string(node)};
    vmedia::InjectedFile file;
    file.path = "/preseed.cfg";
    file.content = base::to_bytes("# node " + std::to_string(node) + "\n");
    plan.files = {file};
    return plan;
}

base::Result<base::Json> measure(const std::string& path) {
    const auto source = TRY(image::FileSource::open(path));
    const auto digest = TRY(vmedia::fingerprint(*source));
    std::vector<double> times;
    std::uint64_t delta = 0;
    std::uint64_t memory = 0;
    for (int node = 0; node < kRuns; ++node) {
        const auto begin = std::chrono::steady_clock::now();
        const auto composition = TRY(vmedia::compose(source, digest, node_plan(node), base::as_bytes("key")));
        times.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count());
        delta = composition.image->delta().size();
        memory = composition.image->memory().bytes();
    }
    std::sort(times.begin(), times.end());
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return base::Json{{"median_us", times[times.size() / 2]},
                      {"p95_us", times[times.size() * 95 / 100]},
                      {"delta_bytes", delta},
                      {"memory_bytes", memory},
                      {"peak_rss_kib", usage.ru_maxrss}};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: bench_composer BASE.iso\n";
        return 2;
    }
    const auto result = measure(argv[1]);
    if (!result.ok()) {
        std::cerr << "bench_composer: " << result.error().to_string() << "\n";
        return 1;
    }
    std::cout << result->dump() << "\n";
    return 0;
}
