// SPDX-License-Identifier: GPL-3.0-or-later
//
// Composes a plan for each of 1,000 nodes over one image in this process, as the conductor does, and keeps all of them.
// Prints what one composition takes and what all take: {"median_us", "p95_us", "total_ms", "cpu_ms", "delta_bytes",
// "memory_bytes", "rss_per_image_bytes", "peak_rss_kib"}. `peak_rss_kib` is that of the first composition.
#include "vmedia/compose/composer.h"
#include "vmedia/compose/fingerprint.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <iostream>
#include <memory>
#include <numeric>
#include <vector>

namespace {

using namespace isolde;

constexpr int kNodes = 1000;

vmedia::InjectionPlan node_plan(int node) {
    vmedia::InjectionPlan plan;
    plan.append = {"console=ttyS0,115200", "node=" + std::to_string(node)};
    vmedia::InjectedFile file;
    file.path = "/preseed.cfg";
    file.content = base::to_bytes("# node " + std::to_string(node) + "\n");
    plan.files = {file};
    return plan;
}

/// Of this program's own memory: what getrusage tells starts at the size of whoever started it.
std::uint64_t peak_rss_kib() {
    std::ifstream status("/proc/self/status");
    std::string word;
    std::uint64_t peak = 0;
    while (status >> word && word != "VmHWM:") {
    }
    status >> peak;
    return peak;
}

base::Result<base::Json> measure(const std::string& path) {
    const auto source = TRY(image::FileSource::open(path));
    const auto digest = TRY(vmedia::fingerprint(*source));
    std::vector<double> times;
    std::uint64_t delta = 0;
    std::uint64_t memory = 0;
    std::uint64_t first_peak = 0;
    std::vector<std::shared_ptr<const vmedia::ComposedImage>> images;
    for (int node = 0; node < kNodes; ++node) {
        const auto begin = std::chrono::steady_clock::now();
        const auto composition = TRY(vmedia::compose(source, digest, node_plan(node), base::as_bytes("key")));
        times.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - begin).count());
        images.push_back(composition.image);
        first_peak = node == 0 ? peak_rss_kib() : first_peak;
        delta = composition.image->delta().size();
        memory = composition.image->memory().bytes();
    }
    const double total = std::accumulate(times.begin(), times.end(), 0.0);
    std::sort(times.begin(), times.end());
    return base::Json{{"median_us", times[times.size() / 2]},
                      {"p95_us", times[times.size() * 95 / 100]},
                      {"total_ms", total / 1000},
                      {"cpu_ms", 1000.0 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC},
                      {"delta_bytes", delta},
                      {"memory_bytes", memory},
                      {"rss_per_image_bytes", (peak_rss_kib() - first_peak) * 1024 / kNodes},
                      {"peak_rss_kib", first_peak}};
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
