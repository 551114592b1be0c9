// Lessons and their words: whatever stands in the file, it is read or refused with an Error of one line. The
// first line is the lesson, the rest its words.
#include "app/lesson/lesson.h"
#include "core/json/json_reader.h"
#include "tests/fuzz/property.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gatescope;
  const std::string text(fuzz::text_of(data, size));
  const std::size_t line = std::min(text.find('\n'), text.size());
  try {
    const lesson::Lesson lesson = lesson::lesson_from_json(parse_json(text.substr(0, line), "fuzz"), "fuzz");
    fuzz::require(!lesson.steps.empty(), "a lesson has steps");
    for (std::size_t k = 0; k < lesson.steps.size(); ++k) {
      const lesson::Step& step = lesson.steps[k];
      fuzz::require(lesson.step_of(step.id) == static_cast<int>(k), "each step is found by its id");
      if (step.only_if)
        fuzz::require(lesson.step_of(step.only_if->asked) < static_cast<int>(k), "branches look back");
    }
    const lesson::Words words =
        lesson::words_from_json(parse_json(text.substr(line), "fuzz"), lesson, "en", "fuzz");
    fuzz::require(words.steps.size() == lesson.steps.size(), "each step has words");
    for (const lesson::StepWords& step : words.steps) {
      fuzz::require(!step.say.empty(), "each step says something");
      for (const lesson::Run& run : step.say)
        if (run.quantity)
          fuzz::require(lesson::parse_quantity(run.quantity->text) == *run.quantity,
                        "numbers read back the same");
    }
  } catch (const Error& error) {
    fuzz::require_one_line(error);
  }
  return 0;
}
