#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/language/phrases.h"

namespace gatescope::language {

/// The languages that there are: English, and one a file of a folder.
class Languages {
 public:
  struct Language {
    std::string code, name;                       // "de", "Deutsch"
    std::shared_ptr<const Phrases> phrases = {};  // null: English
  };

  /// `usual`, a code, is spoken where none is chosen; English where there is no such language.
  explicit Languages(const std::filesystem::path& folder = {}, std::string_view usual = {});

  const std::vector<Language>& all() const { return all_; }
  /// The usual one where the code is empty, and English where there is none of it.
  const Language& of(std::string_view code) const;
  /// What is wrong with files of the folder, a sentence each.
  const std::vector<std::string>& problems() const { return problems_; }

 private:
  std::vector<Language> all_{{"en", "English"}};
  std::string usual_;
  std::vector<std::string> problems_;
};

}  // namespace gatescope::language
