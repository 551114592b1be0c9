// Which rows of a file are held out: by their texts and the seed alone.

#include "core/task/split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "tests/error_of.h"

namespace gatescope::task {
namespace {

std::vector<std::uint64_t> hashes_of(int from, int to) {
  std::vector<std::uint64_t> hashes;
  for (int k = from; k < to; ++k) {
    const std::string text = std::to_string(k);
    hashes.push_back(hash_of(std::u32string(text.begin(), text.end())));
  }
  return hashes;
}

std::set<std::uint64_t> held_out(const SplitRows& rows, const std::vector<std::uint64_t>& hashes) {
  std::set<std::uint64_t> held;
  for (Index k = rows.learnt; k < std::ssize(rows.order); ++k)
    held.insert(hashes[static_cast<std::size_t>(rows.order[static_cast<std::size_t>(k)])]);
  return held;
}

TEST(Split, HoldsOutTheShareToTheRow) {
  for (const double share : {0.0, 0.1, 0.25, 0.9}) {
    const auto hashes = hashes_of(0, 200);
    const SplitRows rows = split_by_hash(hashes, {SplitBy::share, share}, 3);
    EXPECT_EQ(std::ssize(held_out(rows, hashes)), std::max<Index>(1, static_cast<Index>(200 * share)));
    std::vector<int> all = rows.order;
    std::ranges::sort(all);
    for (int k = 0; k < 200; ++k) EXPECT_EQ(all[static_cast<std::size_t>(k)], k);
  }
  const auto two = hashes_of(0, 2);
  EXPECT_EQ(split_by_hash(two, {SplitBy::share, 0.9}, 1).learnt, 1) << "one is learnt";
}

TEST(Split, ABoundKeepsBothPartsWhateverRowsThereAre) {
  const auto before = hashes_of(0, 100), after = hashes_of(50, 300);
  const SplitRows was = split_by_hash(before, {SplitBy::share, 0.2}, 3);
  const SplitRows is = split_by_hash(after, {SplitBy::bound, *was.bound}, 3);
  const auto held_before = held_out(was, before), held_now = held_out(is, after);
  for (const std::uint64_t hash : hashes_of(50, 100))
    EXPECT_EQ(held_before.contains(hash), held_now.contains(hash));
  EXPECT_NEAR(static_cast<double>(held_now.size()) / 250, 0.2, 0.1);
  EXPECT_EQ(split_by_hash(before, {SplitBy::bound, *was.bound}, 3).order, was.order);
  EXPECT_NE(held_out(split_by_hash(before, {SplitBy::share, 0.2}, 4), before), held_before) << "by the seed";
}

TEST(Split, RowsOfOneTextStayTogetherAndOneTextIsNotEnough) {
  const std::vector<std::uint64_t> same(5, 7), two{7, 8, 7, 8, 7};
  EXPECT_NE(error_of([&] {
              split_by_hash(same, {SplitBy::share, 0.5}, 1);
            }).find("one text"),
            std::string::npos);
  EXPECT_EQ(held_out(split_by_hash(two, {SplitBy::share, 0.5}, 1), two).size(), 1U);
  EXPECT_NE(error_of([&] {
              split_by_hash(same, {SplitBy::bound, 0}, 1);
            }).find("none of the 5 rows"),
            std::string::npos);
  EXPECT_EQ(split_by_hash(same, {SplitBy::bound, 1}, 1).learnt, 0);
  const SplitRows all = split_by_hash(two, {SplitBy::none, 0}, 1);
  EXPECT_EQ(all.learnt, 0);
  EXPECT_EQ(all.order, (std::vector<int>{0, 1, 2, 3, 4})) << "as in the file";
  EXPECT_FALSE(all.bound);
}

TEST(Split, ADrawingIsToldFromPlacesByTheFingerprint) {
  const std::vector<std::vector<int>> groups{{0, 1}, {2}, {3, 4}, {5}};
  const SplitRows drawing = split_by_drawing(groups, 0.5, Rng{1, 0x9a});
  EXPECT_EQ(drawing.order.size(), 6U);
  EXPECT_FALSE(drawing.bound);
  EXPECT_EQ(file_fingerprint("ab", 2, drawing), "SHA-256 ab, seed 2")
      << "as states of older versions have it";
  EXPECT_TRUE(is_of_drawing(file_fingerprint("ab", 2, drawing)));
  EXPECT_FALSE(is_of_drawing(file_fingerprint("ab", 2, split_by_hash(hashes_of(0, 4), {}, 2))));
}

}  // namespace
}  // namespace gatescope::task
