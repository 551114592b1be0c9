#include "app/lesson/phrases.h"

#include <array>

#include "app/language/phrases.h"

namespace gatescope::lesson {

Phrases load_phrases(const std::filesystem::path& languages, const std::string& language) {
  constexpr std::array all{&Phrases::back,     &Phrases::next,     &Phrases::skip,        &Phrases::finish,
                           &Phrases::close,    &Phrases::guess,    &Phrases::your_guess,  &Phrases::truth,
                           &Phrases::right,    &Phrases::wrong,    &Phrases::to_do,       &Phrases::done,
                           &Phrases::waiting,  &Phrases::question, &Phrases::your_answer, &Phrases::solutions,
                           &Phrases::hand_out, &Phrases::minutes};
  Phrases phrases;
  const std::filesystem::path file = languages / (language + ".json");
  std::error_code code;
  if (!std::filesystem::exists(file, code)) return phrases;
  const language::Phrases words = language::load_phrases(file);
  for (std::string Phrases::*const each : all) phrases.*each = words.told(phrases.*each);
  return phrases;
}

}  // namespace gatescope::lesson
