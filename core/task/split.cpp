#include "core/task/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "core/error.h"
#include "core/task/symbols.h"

namespace gatescope::task {
namespace {

constexpr std::string_view kByPlaces = ", split by places";

void refuse_one_alone(Index different) {
  if (different < 2)
    fail("all its rows have one text, which is not enough: expected one to learn and one to hold out");
}

}  // namespace

std::uint64_t hash_of(std::u32string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char32_t c : text) hash = (hash ^ c) * 0x100000001b3;
  return hash;
}

Index held_out_of(Index count, double share) {
  return std::clamp<Index>(static_cast<Index>(std::lround(share * static_cast<double>(count))), 1, count - 1);
}

SplitRows split_by_hash(std::span<const std::uint64_t> hashes, const Split& split, std::uint64_t seed) {
  SplitRows rows;
  rows.order.resize(hashes.size());
  std::iota(rows.order.begin(), rows.order.end(), 0);
  if (split.by == SplitBy::none) return rows;
  std::vector<double> places;  // of the rows
  places.reserve(hashes.size());
  for (const std::uint64_t hash : hashes) places.push_back(Rng{seed, hash}.uniform());
  if (split.by == SplitBy::share) {
    std::vector<double> different = places;
    std::ranges::sort(different);
    different.erase(std::unique(different.begin(), different.end()), different.end());
    refuse_one_alone(std::ssize(different));
    rows.bound = different[static_cast<std::size_t>(held_out_of(std::ssize(different), split.number))];
  } else {
    rows.bound = split.number;
  }
  const auto place = [&](int row) { return places[static_cast<std::size_t>(row)]; };
  // From the highest place on: both parts are mixed, whatever the order of the file.
  std::ranges::stable_sort(rows.order, std::greater(), place);
  rows.learnt = std::ranges::partition_point(rows.order, [&](int row) { return place(row) >= *rows.bound; }) -
                rows.order.begin();
  if (rows.learnt == std::ssize(rows.order))
    fail("none of the {} rows of the file is held out: those that were are not in it any more",
         rows.order.size());
  return rows;
}

SplitRows split_by_drawing(std::span<const std::vector<int>> groups, double share, Rng rng) {
  const Index count = std::ssize(groups);
  refuse_one_alone(count);
  const Index held = held_out_of(count, share);
  const std::vector<int> order = drawn(rng, count, count);
  SplitRows rows;
  for (Index k = 0; k < count; ++k) {
    if (k == count - held) rows.learnt = std::ssize(rows.order);
    const std::vector<int>& group = groups[static_cast<std::size_t>(order[static_cast<std::size_t>(k)])];
    rows.order.insert(rows.order.end(), group.begin(), group.end());
  }
  return rows;
}

std::string file_fingerprint(std::string_view digest, std::uint64_t seed, const SplitRows& rows) {
  return fmt::format("SHA-256 {}, seed {}{}", digest, seed, rows.bound ? kByPlaces : "");
}

bool is_of_drawing(std::string_view fingerprint) {
  return !fingerprint.ends_with(kByPlaces);
}

}  // namespace gatescope::task
