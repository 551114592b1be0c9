#pragma once

#include <cstdint>
#include <future>
#include <memory>

#include "app/desk/executor.h"
#include "app/desk/shown.h"
#include "core/analysis/kept.h"

namespace gatescope::ui {

/// What units of the shown layer do (analysis/unit_roles.h), found beside the frames: of many units over a
/// long text it takes longer than a frame.
class UnitsFound {
 public:
  using Roles = analysis::Kept<std::vector<analysis::UnitRole>>;

  explicit UnitsFound(Executor& executor) : executor_(executor) {}
  ~UnitsFound();
  UnitsFound(const UnitsFound&) = delete;
  UnitsFound& operator=(const UnitsFound&) = delete;

  /// Of what is shown; until they are there those of the reading before it, null where there is none.
  Roles get(const Shown& shown);
  /// Whether nothing is being looked for.
  bool idle() const { return !pending_.valid() || is_ready(pending_); }
  /// Waits until it is.
  void settle();

 private:
  struct Key {
    std::uint64_t version = 0;  // of the readings
    std::size_t model = 0;
    int layer = 0;
    bool backward = false;
    bool operator==(const Key&) const = default;
  };
  void take();

  Executor& executor_;
  Key of_, wanted_;
  Roles roles_;
  std::future<Roles> pending_;
};

}  // namespace gatescope::ui
