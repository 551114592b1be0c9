#include "core/observe/memo.h"

#include <algorithm>

namespace gatescope::observe {

std::shared_ptr<Memo::Entry> Memo::find(std::string_view name, const Options& options, std::size_t kept) {
  const std::scoped_lock lock(mutex_);
  Results& results = results_[name];
  const auto [at, is_new] = results.try_emplace(options);
  at->second.used = ++now_;
  if (!is_new) return at->second.entry;
  at->second.entry = std::make_shared<Entry>();
  if (results.size() > kept) {
    results.erase(std::ranges::min_element(
        results, {}, [](const Results::value_type& result) { return result.second.used; }));
  }
  return at->second.entry;  // the newest is never the one that goes
}

void Memo::forget(std::string_view name, const Options& options, const Entry& entry) {
  const std::scoped_lock lock(mutex_);
  Results& results = results_[name];
  const auto found = results.find(options);
  if (found != results.end() && found->second.entry.get() == &entry) results.erase(found);
}

void Memo::count(std::string_view name) {
  const std::scoped_lock lock(mutex_);
  ++computations_[name];
}

std::uint64_t Memo::computations(std::string_view name) const {
  const std::scoped_lock lock(mutex_);
  const auto found = computations_.find(name);
  return found == computations_.end() ? 0 : found->second;
}

std::uint64_t Memo::computations() const {
  const std::scoped_lock lock(mutex_);
  std::uint64_t all = 0;
  for (const auto& [name, computations] : computations_) all += computations;
  return all;
}

std::size_t Memo::size() const {
  const std::scoped_lock lock(mutex_);
  std::size_t all = 0;
  for (const auto& [name, results] : results_) all += results.size();
  return all;
}

}  // namespace gatescope::observe
