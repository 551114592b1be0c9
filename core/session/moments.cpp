#include "core/session/moments.h"

#include <algorithm>
#include <bit>

namespace gatescope::session {

std::size_t Moment::bytes() const {
  std::size_t sum = 0;
  for (const checkpoint::Tensor& tensor : state->tensors) sum += tensor.bytes.size();
  return sum;
}

bool Moments::wants(std::uint64_t update) const {
  // Multiples of a power of two: half the density keeps some of those that the whole one kept, and no others.
  const std::uint64_t gap = std::max<std::uint64_t>(1, std::bit_floor(update / density_));
  return update % gap == 0;
}

void Moments::keep(Moment moment) {
  if (!moments_.empty() && moments_.back().update >= moment.update) return;
  const std::size_t bytes = moment.bytes();
  if (bytes > budget_) return;
  bytes_ += bytes;
  if (!moment.memo) moment.memo = std::make_shared<observe::Memo>();
  moments_.push_back(std::move(moment));
  thin();
}

void Moments::cut(std::uint64_t update) {
  while (!moments_.empty() && moments_.back().update > update) {
    bytes_ -= moments_.back().bytes();
    moments_.pop_back();
  }
}

void Moments::clear() {
  moments_.clear();
  pinned_.clear();
  bytes_ = 0;
  density_ = kDensest;
}

void Moments::set_budget(std::size_t bytes) {
  budget_ = bytes;
  thin();
}

const Moment* Moments::find(std::uint64_t update) const {
  const auto at = std::ranges::lower_bound(moments_, update, {}, &Moment::update);
  return at != moments_.end() && at->update == update ? &*at : nullptr;
}

bool Moments::stays(std::size_t place) const {
  const std::uint64_t update = moments_[place].update;
  return place == 0 || wants(update) || is_pinned(update);
}

bool Moments::is_pinned(std::uint64_t update) const {
  return std::ranges::find(pinned_, update) != pinned_.end();
}

void Moments::thin() {
  const auto drop = [&](auto place_stays) {
    std::vector<Moment> kept;
    for (std::size_t k = 0; k < moments_.size(); ++k) {
      if (place_stays(k))
        kept.push_back(std::move(moments_[k]));
      else
        bytes_ -= moments_[k].bytes();
    }
    moments_ = std::move(kept);
  };
  if (bytes_ > budget_) drop([&](std::size_t k) { return stays(k); });
  while (bytes_ > budget_ && density_ > 1) {
    density_ /= 2;
    drop([&](std::size_t k) { return stays(k); });
  }
  // Models so large that there is room for a few: the oldest go, then the first, those that are pinned last.
  while (bytes_ > budget_ && moments_.size() > 1) {
    std::size_t least = 1;
    while (least < moments_.size() && is_pinned(moments_[least].update)) ++least;
    if (least == moments_.size()) least = is_pinned(moments_[0].update) ? 1 : 0;
    drop([&](std::size_t k) { return k != least; });
  }
  if (bytes_ > budget_) clear();
}

}  // namespace gatescope::session
