// SPDX-License-Identifier: GPL-3.0-or-later
#include "vmedia/serve/read_trace.h"

#include <gtest/gtest.h>

namespace isolde::vmedia {
namespace {

using namespace std::chrono_literals;

const base::WallTime kReset(1'800'000'000s);

TEST(IntervalSet, MergesOverlappingAndTouchingIntervals) {
    IntervalSet set;
    set.add(10, 20);
    set.add(30, 40);
    set.add(20, 30);
    EXPECT_EQ(set.size(), 1U);
    EXPECT_EQ(set.total(), 30U);
    set.add(5, 50);
    EXPECT_EQ(set.total(), 45U);
    EXPECT_EQ(set.covered(0, 12), 7U);
    EXPECT_EQ(set.covered(50, 60), 0U);
    set.add(7, 7);
    EXPECT_EQ(set.size(), 1U);
}

TEST(IntervalSet, StaysBoundedAndNeverCountsWhatWasNotRead) {
    IntervalSet set(3);
    for (const std::uint64_t begin : {0U, 100U, 110U, 1000U}) {
        set.add(begin, begin + 5);
    }
    EXPECT_EQ(set.size(), 3U);
    EXPECT_EQ(set.total(), 15U);
    EXPECT_EQ(set.covered(1000, 1005), 0U);
    set.add(105, 110);
    EXPECT_EQ(set.covered(100, 115), 15U);
    set.add(1000, 1005);
    EXPECT_EQ(set.covered(1000, 1005), 5U);
}

/// Loader at 1000..2000, kernel in two parts, two initrds.
std::shared_ptr<const TracedFiles> traced_files() {
    OwnerMap owners;
    owners.files = {{"/isolinux.bin", FileRole::BootLoader, 1000},
                    {"/vmlinuz", FileRole::Kernel, 2000},
                    {"/initrd.gz", FileRole::Initrd, 1000},
                    {"/gtk/initrd.gz", FileRole::Initrd, 1000},
                    {"/pool", FileRole::Other, 90000}};
    owners.ranges = {{1000, 1000, 0}, {2000, 1000, 1}, {3000, 1000, 2},
                     {4000, 1000, 3}, {5000, 1000, 1}, {10000, 90000, 4}};
    return std::make_shared<const TracedFiles>(traced_files_of(owners, 100000));
}

ReadTrace trace_after_reset() {
    ReadTrace trace;
    trace.set_traced_files(traced_files());
    trace.mark_reset(kReset);
    return trace;
}

TEST(ReadTrace, TellsWhenAnyPartOfALoaderWasReadLast) {
    ReadTrace trace = trace_after_reset();
    trace.add(0, 1000, kReset + 1s);
    trace.add(2000, 96000, kReset + 2s);
    EXPECT_FALSE(trace.summarize(kReset + 2s).loader_last_read.has_value());
    trace.add(500, 501, kReset + 3s);
    EXPECT_EQ(trace.summarize(kReset + 4s).loader_last_read, kReset + 3s);
    trace.add(1999, 1, kReset + 5s);
    trace.add(2000, 1, kReset + 6s);
    EXPECT_EQ(trace.summarize(kReset + 6s).loader_last_read, kReset + 5s);
}

TEST(ReadTrace, BootedIsLoaderKernelAndOneInitrdInFull) {
    ReadTrace trace = trace_after_reset();
    trace.add(1000, 1000, kReset + 1s);
    auto summary = trace.summarize(kReset + 1s);
    EXPECT_TRUE(summary.loader_read);
    EXPECT_EQ(summary.loader_at, kReset + 1s);
    EXPECT_EQ(summary.kernel_percent, 0);
    trace.add(2000, 1000, kReset + 2s);
    EXPECT_EQ(trace.summarize(kReset + 2s).kernel_percent, 50);
    trace.add(5000, 1000, kReset + 3s);
    trace.add(4000, 999, kReset + 4s);
    summary = trace.summarize(kReset + 4s);
    EXPECT_EQ(summary.initrd_percent, 99);
    EXPECT_FALSE(summary.booted_at.has_value());
    trace.add(4999, 1, kReset + 5s);
    summary = trace.summarize(kReset + 5s);
    EXPECT_EQ(summary.booted_at, kReset + 5s);
    EXPECT_FALSE(summary.opaque);
    ASSERT_EQ(summary.files.size(), 3U);
    EXPECT_EQ(summary.files[0].path, "/isolinux.bin");
    EXPECT_EQ(summary.files[2].path, "/gtk/initrd.gz");
}

TEST(ReadTrace, ReadsBeforeTheResetAreNoBoot) {
    ReadTrace trace;
    trace.set_traced_files(traced_files());
    trace.add(1000, 5000, kReset - 1s);
    trace.mark_reset(kReset);
    const auto summary = trace.summarize(kReset);
    EXPECT_FALSE(summary.loader_read);
    EXPECT_EQ(summary.bytes, 5000U);
    EXPECT_FALSE(summary.first_read.has_value());
}

TEST(ReadTrace, MarkingTheSameResetAgainForgetsNothing) {
    ReadTrace trace = trace_after_reset();
    trace.add(1000, 1000, kReset + 1s);
    trace.mark_reset(kReset);
    EXPECT_TRUE(trace.summarize(kReset + 1s).loader_read);
}

TEST(ReadTrace, AReaderThatTakesTheWholeImageInLineIsOpaque) {
    ReadTrace trace = trace_after_reset();
    for (std::uint64_t offset = 0; offset < 100000; offset += 10000) {
        EXPECT_FALSE(trace.summarize(kReset).opaque);
        trace.add(offset, 10000, kReset + 1s);
    }
    EXPECT_TRUE(trace.summarize(kReset + 1s).opaque);
}

TEST(ReadTrace, AReaderThatTookItAllBeforeTheResetIsOpaque) {
    ReadTrace trace;
    trace.set_traced_files(traced_files());
    trace.add(0, 100000, kReset - 1s);
    trace.mark_reset(kReset);
    EXPECT_TRUE(trace.summarize(kReset).opaque);
}

}  // namespace
}  // namespace isolde::vmedia
