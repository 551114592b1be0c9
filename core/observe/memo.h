#pragma once

#include <cassert>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <vector>

#include "core/math/types.h"

namespace gatescope::observe {

/// Results that were computed from an observation, by the analysis' name and its options: everything that
/// shows the observation reads the same numbers, and nothing is computed twice. It belongs to an observation,
/// whose copies share it; a new observation has a new one, so results are never out of date. Any thread may
/// ask: of two that ask for the same result one computes it and the other waits.
class Memo {
 public:
  using Options = std::vector<Index>;
  static constexpr std::size_t kUsuallyKept = 64;

  Memo() = default;
  Memo(const Memo&) = delete;
  Memo& operator=(const Memo&) = delete;

  /// The result of that name (a literal) and these options; `compute` makes it where it is not there. Of one
  /// name the `kept` results used last are kept. What `compute` throws passes through, and nothing is kept.
  template <class Compute>
  auto get(std::string_view name, Options options, const Compute& compute, std::size_t kept = kUsuallyKept) {
    using Result = std::invoke_result_t<const Compute&>;
    const std::shared_ptr<Entry> entry = find(name, options, kept);
    const std::scoped_lock lock(entry->computing);
    if (!entry->result) {
      count(name);
      try {
        entry->result = std::make_shared<const Result>(compute());
      } catch (...) {
        forget(name, options, *entry);
        throw;
      }
      entry->type = &typeid(Result);
    }
    assert(*entry->type == typeid(Result));
    return std::static_pointer_cast<const Result>(entry->result);
  }

  /// How often something of that name was computed; of any name.
  std::uint64_t computations(std::string_view name) const;
  std::uint64_t computations() const;
  /// How many results are there now, or on their way.
  std::size_t size() const;

 private:
  struct Entry {
    std::mutex computing;
    std::shared_ptr<const void> result;
    const std::type_info* type = nullptr;
  };
  struct Slot {
    std::shared_ptr<Entry> entry;
    std::uint64_t used = 0;  // when last
  };
  using Results = std::map<Options, Slot>;

  std::shared_ptr<Entry> find(std::string_view name, const Options& options, std::size_t kept);
  /// Takes away what stands there, if it is still that entry.
  void forget(std::string_view name, const Options& options, const Entry& entry);
  void count(std::string_view name);

  mutable std::mutex mutex_;
  std::map<std::string_view, Results> results_;
  std::map<std::string_view, std::uint64_t> computations_;
  std::uint64_t now_ = 0;  // questions so far
};

}  // namespace gatescope::observe
