#include "app/lesson/phrases.h"

#include <array>
#include <utility>

#include "core/files.h"
#include "core/json/json_reader.h"

namespace gatescope::lesson {

Phrases load_phrases(const std::filesystem::path& folder, const std::string& language) {
  constexpr std::array<std::pair<const char*, std::string Phrases::*>, 19> keys{
      {{"language_name", &Phrases::language_name},
       {"back", &Phrases::back},
       {"next", &Phrases::next},
       {"skip", &Phrases::skip},
       {"finish", &Phrases::finish},
       {"close", &Phrases::close},
       {"guess", &Phrases::guess},
       {"your_guess", &Phrases::your_guess},
       {"truth", &Phrases::truth},
       {"right", &Phrases::right},
       {"wrong", &Phrases::wrong},
       {"to_do", &Phrases::to_do},
       {"done", &Phrases::done},
       {"waiting", &Phrases::waiting},
       {"question", &Phrases::question},
       {"your_answer", &Phrases::your_answer},
       {"solutions", &Phrases::solutions},
       {"hand_out", &Phrases::hand_out},
       {"minutes", &Phrases::minutes}}};
  const std::filesystem::path file = folder / ("window." + language + ".json");
  const nlohmann::json json = parse_json(read_file(file, 1 << 20), file.string());
  JsonReader reader(json, "", file.string());
  Phrases phrases;
  for (const auto& [key, member] : keys) {
    phrases.*member = reader.get(key, "");
    if ((phrases.*member).empty()) reader.reject(key, "a text");
  }
  reader.finish();
  return phrases;
}

}  // namespace gatescope::lesson
