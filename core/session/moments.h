#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/checkpoint/safetensors.h"
#include "core/observe/memo.h"

namespace gatescope::session {

/// Everything that a training needs to go on from one of its updates: what Trainer::state() gave then.
struct Moment {
  std::uint64_t update = 0;
  std::shared_ptr<const checkpoint::Safetensors> state;
  std::shared_ptr<observe::Memo> memo = {};  // what was measured of it, once it is kept

  /// The bytes that its numbers take.
  std::size_t bytes() const;
};

/// Moments of a training, dense at its beginning and thinner later, in bounded memory: every update up to
/// density(), then every second one up to twice that, every fourth up to four times that, and so on. Where
/// they become too many the density is halved. Which ones stay depends on the updates and sizes alone. Those
/// that are pinned stay longest, the first one as long as there is room for it beside them.
class Moments {
 public:
  explicit Moments(std::size_t budget) : budget_(budget) {}

  /// Whether a moment of this update would stay.
  bool wants(std::uint64_t update) const;
  /// The newest; updates rise. Wanted or not, it is kept until the next thinning.
  void keep(Moment moment);
  /// Those that are not thinned out.
  void pin(std::vector<std::uint64_t> updates) { pinned_ = std::move(updates); }
  /// Drops those after this update.
  void cut(std::uint64_t update);
  void clear();
  void set_budget(std::size_t bytes);

  /// Null where it is not kept.
  const Moment* find(std::uint64_t update) const;
  const std::vector<Moment>& all() const { return moments_; }  // by update
  std::size_t bytes() const { return bytes_; }
  std::size_t budget() const { return budget_; }
  std::uint64_t density() const { return density_; }

 private:
  static constexpr std::uint64_t kDensest = 64;

  bool stays(std::size_t place) const;
  bool is_pinned(std::uint64_t update) const;
  void thin();

  std::vector<Moment> moments_;
  std::vector<std::uint64_t> pinned_;
  std::size_t budget_, bytes_ = 0;
  std::uint64_t density_ = kDensest;
};

}  // namespace gatescope::session
