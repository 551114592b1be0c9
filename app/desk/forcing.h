#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "app/desk/editor.h"

namespace gatescope::ui {

/// Rules of the document's probe.
class Forcing {
 public:
  Forcing(Editor& editor, Notices& notices) : editor_(editor), notices_(notices) {}

  bool forced() const { return !editor_.document().probe.rules.empty(); }
  /// Adds a rule. False where it does not read; `problem` says why.
  bool add_rule(const std::string& rule, std::string& problem);
  void replace_rule(std::size_t number, const std::string& rule);
  /// The value that a rule for this channel alone (layer, units and steps as chosen) forces it to.
  std::optional<double> forced_value(const std::string& channel) const;
  void force(const std::string& channel, std::optional<double> value);
  /// The mean of what the channel is by itself, over the units and steps that force() is restricted to; none
  /// where nothing is read yet.
  std::optional<double> natural_mean(const std::string& channel) const;
  /// What force() is restricted to from now on, as rules write it; trouble becomes a notice.
  void set_scope(const std::string& units, const std::string& steps);
  /// What is marked, as the place of a rule of that channel.
  std::optional<nn::ForceRule> marked_place() const;
  /// Forces what is marked, none: frees it; it is marked no longer.
  void force_marked(std::optional<double> value);
  /// The marked steps with one more or less at the end that is not the chosen step.
  void mark_steps(int by);
  /// Free, closed, open, free, ...
  void cycle(const std::string& channel);

 private:
  Editor& editor_;
  Notices& notices_;
};

}  // namespace gatescope::ui
