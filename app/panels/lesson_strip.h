#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/desk/lesson_place.h"
#include "app/desk/view_state.h"
#include "app/lesson/phrases.h"
#include "app/lesson/text.h"

namespace gatescope::ui {

/// A text of a lesson, its words laid out in lines.
struct LessonBlock {
  struct Word {
    std::string text;
    lesson::Run::Kind kind = lesson::Run::Kind::words;
    std::string what = {};  // of the reference
    float x = 0, width = 0;
    int line = 0;
  };
  std::vector<Word> words;
  int lines = 0;
};

/// The strip of the lesson below the toolbar, as it was last laid out.
struct LessonStrip {
  struct Key {  // what it depends on
    std::uint64_t snapshot = 0, readings = 0;
    ViewState view = {};
    LessonPlace place = {};
    bool done = false;
    float width = 0, scale = 0;

    bool operator==(const Key&) const = default;
  } key;
  LessonBlock say, task, reveal;
  float height = 0, room = 0;  // the room: of the task, across
  // What the buttons say, in the lesson's language.
  lesson::Phrases phrases;
  std::string language;
  // A guess that is not handed in yet, of the step.
  std::string guessed_at;
  float guess = 0;
  // The lessons that the menu lists, read in a language.
  struct Listed {
    std::string name, title, sentence;
  };
  std::vector<Listed> listed;
  std::string listed_in;
  // The control that is pointed at by its word; empty: none.
  std::string pointed;
};

}  // namespace gatescope::ui
