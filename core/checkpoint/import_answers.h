#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/checkpoint/model_file.h"

/// What a person once said of a file that does not say it itself, so that nobody asks twice.
namespace gatescope::checkpoint {

struct ImportAnswers {
  std::vector<std::string> vocabulary;
  std::string cell, head, embedding;  // as in ImportOptions

  bool operator==(const ImportAnswers&) const = default;
};

/// Where the answers for a model are: beside it, NAME.gatescope.json.
std::filesystem::path answers_beside(const std::filesystem::path& model);
/// And where they are if its folder cannot be written to: in a folder of our own, by what the model is.
std::filesystem::path answers_in(const std::filesystem::path& state_folder, std::string_view model_bytes);

/// Keeps them beside the model, else in the state folder (unless that is empty). Returns where; throws Error
/// where neither can be written.
std::filesystem::path remember_answers(const std::filesystem::path& model, const ImportAnswers& answers,
                                       const std::filesystem::path& state_folder);

/// Reads them; throws Error that names the path and what is wrong.
ImportAnswers read_answers(const std::filesystem::path& path);

/// The options with the answers where they say nothing themselves.
ImportOptions with_answers(ImportOptions options, const ImportAnswers& answers);

/// As load_model, with what was said of this file before. Answers that are broken or do not fit are left
/// aside; the model's notes say which were used and which were not, and so does `used` where it is not null.
ModelFile load_model_as_before(const std::filesystem::path& path, const ImportOptions& options,
                               const std::filesystem::path& state_folder, ImportOptions* used = nullptr);
/// The same of a file whose bytes are there.
ModelFile model_as_before(const std::filesystem::path& path, const std::string& bytes,
                          const ImportOptions& options, const std::filesystem::path& state_folder,
                          ImportOptions* used = nullptr);

}  // namespace gatescope::checkpoint
