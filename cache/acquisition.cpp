// SPDX-License-Identifier: GPL-3.0-or-later
#include "cache/acquisition.h"

namespace isolde::cache {
namespace {

std::string source_key(const http::Url& url) {
    return base::sha256(http::to_string(url)).hex();
}

/// Parts are shared by what was asked for, not by who asked.
std::string part_key(const http::Url& url, const ImageSource& source) {
    return base::sha256(http::to_string(url) + "\n" + (source.expected ? source.expected->str() : "")).hex();
}

Intake::Job job_of(const http::Url& url, const ImageSource& source, ProgressBoard& board, const std::stop_token& stop) {
    return {.part_key = part_key(url, source),
            .with_sha512 = source.expected && source.expected->algorithm() == base::DigestAlgorithm::Sha512,
            .stop = stop,
            .phase = [&board](std::string phase) { board.phase(std::move(phase)); },
            .count = [&board](base::ByteCount received,
                              std::optional<base::ByteCount> total) { board.count(received, total); }};
}

/// The answer may come another time, or was not waited for.
bool is_worth_keeping(const base::Error& error) {
    return base::is_retryable(error.kind) || error.kind == base::ErrorKind::Cancelled;
}

base::Error with_way_out(base::Error error, const std::optional<KnownSource>& known) {
    if (known && base::is_retryable(error.kind)) {
        error.message += "; the content that it had is in the cache: give its checksum sha256:" + known->record.blob +
                         " to use that without asking";
    }
    return error;
}

base::Result<Commit> verified(const AcquisitionTools& tools, const ImageSource& source, const http::Url& url,
                              Intake& intake, const Fetched& fetched) {
    const std::string place = http::without_secrets(url);
    intake.tell("verifying");
    const auto digests = intake.finish();
    TRY(check_digest(source.expected, digests, place));
    std::string kind = "data";
    if (!source.any_content) {
        const auto content = TRY(image::FileSource::open(intake.part_path()));
        kind = TRY(tools.classify(*content).with_context(place));
    }
    return Commit{.sha256 = digests.sha256,
                  .sha512 = digests.sha512 ? digests.sha512->hex() : "",
                  .kind = std::move(kind),
                  .source = {source_key(url), place, digests.sha256.hex(), fetched.validators}};
}

}  // namespace

void ProgressBoard::phase(std::string phase) {
    base::Lock lock(mutex_);
    progress_.phase = std::move(phase);
}

void ProgressBoard::count(base::ByteCount received, std::optional<base::ByteCount> total) {
    base::Lock lock(mutex_);
    progress_.received = received;
    progress_.total = total;
}

FetchProgress ProgressBoard::read() const {
    base::Lock lock(mutex_);
    return progress_;
}

base::Result<BlobPin> run_acquisition(const AcquisitionTools& tools, const ImageSource& source, ProgressBoard& board,
                                      const std::stop_token& stop) {
    const http::Url url = TRY(http::parse_url(source.url));
    const auto fetcher = TRY(make_fetcher(url, tools.options, tools.fetch));
    auto known = source.expected ? std::nullopt : tools.inventory.known_source(source_key(url));
    const FetchRequest request{.url = url,
                               .known = known ? std::optional(known->record.validators) : std::nullopt,
                               .digest_expected = source.expected.has_value()};
    const auto intake = TRY(Intake::open(tools.inventory, tools.fetch.random, job_of(url, source, board, stop)));
    auto fetched = fetcher->fetch(request, *intake);
    if (!fetched) {
        if (is_worth_keeping(fetched.error()) && fetcher->can_resume(request, intake->validators())) {
            intake->keep_for_later();
        }
        return with_way_out(std::move(fetched).error(), known).with_context("fetching " + http::without_secrets(url));
    }
    if (fetched->unchanged) {
        return std::move(known->pin);
    }
    BlobPin pin = TRY(intake->commit(TRY(verified(tools, source, url, *intake, *fetched))));
    tools.log.info("cache.acquired",
                   {{"url", http::without_secrets(url)}, {"digest", pin.digest().hex()}, {"size", intake->received()}});
    return pin;
}

std::string recipe_key(const Recipe& recipe) {
    return base::sha256(recipe.origin + "\n" + recipe.ingredients).hex();
}

base::Result<BlobPin> keep_made(const AcquisitionTools& tools, base::ByteView content, const Recipe& recipe) {
    const std::string key = recipe_key(recipe);
    const auto intake = TRY(Intake::open(tools.inventory, tools.fetch.random,
                                         {.part_key = key,
                                          .with_sha512 = false,
                                          .stop = {},
                                          .phase = [](const std::string&) {},
                                          .count = [](base::ByteCount, std::optional<base::ByteCount>) {}}));
    TRY(intake->restart());
    if (!TRY(intake->begin({}, base::ByteCount(content.size())))) {
        return base::unavailable("there is no space now for " + recipe.origin);
    }
    TRY(intake->append(content));
    const auto written = intake->finish();
    return intake->commit(
        {.sha256 = written.sha256, .kind = "data", .source = {key, recipe.origin, written.sha256.hex(), {}}});
}

}  // namespace isolde::cache
