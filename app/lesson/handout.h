#pragma once

#include <string>
#include <vector>

#include "app/lesson/phrases.h"
#include "app/lesson/play.h"

namespace gatescope::lesson {

/// A page for a class, in itself: every step's picture, text and question, with room for an answer; or with
/// `solutions` what was answered, measured and revealed. Reads the pictures. Throws Error.
std::string handout(const Lesson& lesson, const Words& words, const Phrases& phrases,
                    const std::vector<Played>& played, bool solutions);

}  // namespace gatescope::lesson
