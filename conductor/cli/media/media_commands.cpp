// SPDX-License-Identifier: GPL-3.0-or-later
#include "conductor/cli/media/media_commands.h"

#include "base/files.h"
#include "conductor/cli/media/overlay.h"
#include "conductor/cli/media/plan_options.h"
#include "conductor/cli/media/serve.h"
#include "vmedia/compose/composer.h"
#include "vmedia/compose/fingerprint.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <ostream>

namespace isolde::cli {
namespace {

/// Where a composed image goes: exactly one of both is set.
struct Output {
    std::string file;
    std::string overlay;
};

struct Composed {
    vmedia::Composition composition;
    vmedia::BaseIdentity identity;
};

base::Result<vmedia::BaseIdentity> identify(const PlanOptions& options, const image::FileSource& base) {
    if (options.base_digest.empty()) {
        return vmedia::BaseIdentity(TRY(vmedia::fingerprint(base)), true);
    }
    const base::Digest digest = TRY(base::Digest::parse(options.base_digest));
    if (digest.algorithm() != base::DigestAlgorithm::Sha256) {
        return base::invalid_argument("--base-digest takes sha256:…, which undo compares with what it restores");
    }
    return vmedia::BaseIdentity(digest);
}

base::Result<Composed> compose_from(const PlanOptions& options) {
    auto plan = TRY(read_plan(options));
    const auto source = TRY(image::FileSource::open(options.base));
    TRY(merge_media(plan, options.merged, *source));
    const vmedia::BaseIdentity identity = TRY(identify(options, *source));
    const std::string key = options.key.empty() ? std::string() : TRY(base::read_file(options.key));
    auto composition = TRY(vmedia::compose(source, identity, plan, base::as_bytes(key)).with_context(options.base));
    return Composed{std::move(composition), identity};
}

void print_report(const MediaContext& context, const vmedia::PlanReport& report) {
    if (context.json) {
        context.out << base::dump_json(vmedia::render_json(report), 2) << "\n";
    } else {
        context.out << vmedia::render_text(report);
    }
}

base::Result<void> run_compose(const MediaContext& context, const PlanOptions& options, const Output& output) {
    const Composed composed = TRY(compose_from(options));
    if (output.overlay.empty()) {
        TRY(vmedia::materialize(*composed.composition.image, output.file));
    } else {
        TRY(write_overlay(composed.composition, {options.base, composed.identity}, output.overlay));
    }
    print_report(context, composed.composition.report);
    return {};
}

base::Result<void> run_plan(const MediaContext& context, const PlanOptions& options) {
    print_report(context, TRY(compose_from(options)).composition.report);
    return {};
}

base::Result<void> run_serve(const MediaContext& context, const PlanOptions& options, const std::string& listen) {
    const ListenAddress address = TRY(parse_listen(listen));
    return serve_until_signal(TRY(compose_from(options)).composition.image, address, context.out);
}

base::Result<void> run_inspect(const MediaContext& context, const std::string& path) {
    const auto report = TRY(vmedia::inspect(*TRY(image::FileSource::open(path))).with_context(path));
    if (context.json) {
        context.out << base::dump_json(vmedia::render_json(report), 2) << "\n";
    } else {
        context.out << vmedia::render_text(report);
    }
    return {};
}

/// `path` is an image or an overlay directory; where there is neither, the name of a node.
base::Result<base::Json> find_manifest(const MediaContext& context, const std::string& path) {
    std::error_code error;
    if (std::filesystem::is_directory(path, error)) {
        return read_overlay_manifest(path);
    }
    if (!std::filesystem::exists(path, error) && path.find('/') == std::string::npos) {
        return context.manifest_of_node(path).with_context("there is no file " + path + ", and as a node");
    }
    return vmedia::read_manifest(*TRY(image::FileSource::open(path))).with_context(path);
}

void print_manifest(std::ostream& out, const base::Json& manifest) {
    const base::Json& base = manifest.value("base", base::Json::object());
    out << "base " << base.value("digest", "") << ", " << base.value("size", std::uint64_t{0}) << " bytes\n";
    out << "plan " << manifest.value("plan_digest", "") << "\n";
    for (const base::Json& change : manifest.value("changes", base::Json::array())) {
        out << change.value("offset", std::uint64_t{0}) << "+" << change.value("length", std::uint64_t{0}) << "  "
            << change.value("technique", "") << "  " << change.value("file", "") << "\n";
    }
}

/// Where the manifest holds bytes of the base, their digest beside that of what is there now.
base::Result<void> add_digests_before(base::Json& manifest) {
    constexpr std::size_t kMostZeros = 64U << 20U;  // of all changes: they cost a manifest nothing, and a digest time
    std::size_t left = kMostZeros;
    for (base::Json& change : manifest.at("changes")) {
        if (!change.contains("before")) {
            continue;
        }
        base::Json& before = change["before"];
        const std::size_t zeros = before.value("zeros", std::size_t{0});
        if (zeros > left) {
            return base::corrupt("the changes of the manifest state more than " + std::to_string(kMostZeros) +
                                 " zeros");
        }
        left -= zeros;
        const base::Bytes bytes =
            zeros > 0 ? base::Bytes(zeros) : TRY(base::from_base64(before.at("base64").get<std::string>()));
        before["sha256"] = base::sha256(bytes).hex();
    }
    return {};
}

base::Result<void> run_describe(const MediaContext& context, const std::string& path) {
    base::Json manifest = TRY(find_manifest(context, path));
    if (!manifest.is_object()) {
        return base::corrupt("the manifest of " + path + " is no JSON object");
    }
    try {
        if (context.json) {
            TRY(add_digests_before(manifest).with_context(path));
            context.out << base::dump_json(manifest, 2) << "\n";
        } else {
            print_manifest(context.out, manifest);
        }
    } catch (const base::Json::exception&) {
        return base::corrupt("the manifest of " + path + " has a field of a wrong type");
    }
    return {};
}

base::Result<void> run_undo(const MediaContext& context, const std::string& path, const std::string& output) {
    const auto restored = TRY(vmedia::undo(*TRY(image::FileSource::open(path)), output).with_context(path));
    if (context.json) {
        context.out << base::dump_json({{"digest", restored.digest.str()}, {"verified", !restored.sampled}}, 2) << "\n";
        return {};
    }
    context.out << output << ": " << restored.digest.str() << "\n";
    if (restored.sampled) {
        context.out
            << "The image was composed without --base-digest and knows a sample of its base only, which is as it "
               "was: compare the digest with the base's.\n";
    }
    return {};
}

void add_compose(CLI::App& media, const MediaContext& context) {
    auto* command = media.add_subcommand("compose", "compose an image: kernel arguments and files into a boot ISO");
    const auto options = std::make_shared<PlanOptions>();
    add_plan_options(*command, *options);
    const auto output = std::make_shared<Output>();
    auto* outputs = command->add_option_group("output", "where to");
    outputs->add_option("-o,--output", output->file, "write the whole image")->type_name("OUT.iso");
    outputs->add_option("--overlay", output->overlay, "write only what is new, and the map to it")->type_name("DIR");
    outputs->require_option(1);
    command->callback([context, options, output] { context.result = run_compose(context, *options, *output); });
}

void add_plan(CLI::App& media, const MediaContext& context) {
    auto* command = media.add_subcommand("plan", "show what composing would change; writes nothing");
    const auto options = std::make_shared<PlanOptions>();
    add_plan_options(*command, *options);
    command->callback([context, options] { context.result = run_plan(context, *options); });
}

void add_serve(CLI::App& media, const MediaContext& context) {
    auto* command = media.add_subcommand("serve", "compose an image and serve it by HTTP until interrupted");
    const auto options = std::make_shared<PlanOptions>();
    const auto listen = std::make_shared<std::string>("127.0.0.1:0");
    add_plan_options(*command, *options);
    command->add_option("--listen", *listen, "where to serve; port 0: any free one")
        ->type_name("ADDRESS:PORT")
        ->capture_default_str();
    command->callback([context, options, listen] { context.result = run_serve(context, *options, *listen); });
}

}  // namespace

void add_media_commands(CLI::App& app, const MediaContext& context) {
    auto* media = app.add_subcommand("media", "compose, build and inspect boot media on this machine");
    media->require_subcommand(1);
    media->fallthrough();
    add_compose(*media, context);
    add_plan(*media, context);
    add_serve(*media, context);

    const auto path = std::make_shared<std::string>();
    const auto output = std::make_shared<std::string>();
    auto* inspect = media->add_subcommand("inspect", "what an image is and what can be injected");
    inspect->add_option("image", *path, "the image")->required();
    inspect->callback([context, path] { context.result = run_inspect(context, *path); });
    auto* describe =
        media->add_subcommand("describe", "the manifest of a composed image, an overlay directory or a node's image");
    describe->add_option("image", *path, "the image, the directory of --overlay, or the node")->required();
    describe->callback([context, path] { context.result = run_describe(context, *path); });
    auto* undo = media->add_subcommand("undo", "restore the base from a composed image");
    undo->add_option("image", *path, "the composed image")->required();
    undo->add_option("-o,--output", *output, "where to write the base")->required()->type_name("BASE.iso");
    undo->callback([context, path, output] { context.result = run_undo(context, *path, *output); });
}

}  // namespace isolde::cli
