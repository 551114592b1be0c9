#include "app/language/languages.h"

#include <algorithm>
#include <utility>

#include "core/error.h"

namespace gatescope::language {

Languages::Languages(const std::filesystem::path& folder, std::string_view usual) : usual_(usual) {
  for (const std::string& code : languages_in(folder)) {
    try {
      auto phrases = std::make_shared<const Phrases>(load_phrases(folder / (code + ".json")));
      all_.push_back({code, phrases->language_name(), phrases});
    } catch (const Error& error) {
      problems_.emplace_back(error.what());
    }
  }
}

const Languages::Language& Languages::of(std::string_view code) const {
  const auto found = std::ranges::find(all_, code.empty() ? std::string_view(usual_) : code, &Language::code);
  return found == all_.end() ? all_.front() : *found;
}

}  // namespace gatescope::language
