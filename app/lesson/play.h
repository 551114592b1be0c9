#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "app/lesson/player.h"

namespace gatescope::lesson {

/// Where a lesson is played without a person.
struct Theatre {
  std::function<void()> frame;   // one: time passes, the player's tick is called
  std::function<void()> settle;  // frames until everything is read and drawn
  /// Writes a PNG of what is seen now.
  std::function<void(const std::filesystem::path&)> picture;
};

/// A step as it was played: its texts with the numbers of then.
struct Played {
  std::string id;
  std::vector<Run> say = {}, task = {}, reveal = {};
  std::vector<std::string> answers = {};  // of a choice
  std::string right = {};                 // of these, or the measured number; empty: nothing was asked
  std::filesystem::path before = {}, after = {};  // pictures; the second once it was answered or done
  bool asks = false;
};

/// Plays the lesson that is open from its first step to its last: questions are answered and things done as
/// the file says, what is waited for is waited for. The pictures go into the folder. Throws Error that names
/// the step and what did not come about.
std::vector<Played> play(Player& player, ui::Workbench& bench, const Theatre& theatre,
                         const std::filesystem::path& out);

}  // namespace gatescope::lesson
