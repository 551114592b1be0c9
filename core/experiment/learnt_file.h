#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/experiment/experiment.h"
#include "core/experiment/text.h"
#include "core/json/json_reader.h"
#include "core/task/split.h"

/// A file of one's own after something learnt it: a sequence a line, labelled or of pairs.
namespace gatescope::experiment {

/// How a file is split, read from `path` with this SHA-256. A new training holds out the share; what has
/// learnt it keeps the bound, whatever rows the file has by now; of another file nothing was learnt, and all
/// is measured. What a person should know of that goes into the notes of `opened`, and `opened` says whether
/// all is measured.
task::Split split_of(const TaskSpec& task, const std::string& path, const std::string& digest,
                     OpenTask& opened);

/// What is known of a file that a model of an older version learnt, or of one that is not what it learnt:
/// the characters, UTF-8, alone. None where they are not single characters.
std::optional<LearntFile> known_by_characters(const std::string& path,
                                              const std::vector<std::string>& vocabulary);

/// Single characters in one string, and back.
std::string joined(const std::vector<std::string>& characters);
std::vector<std::string> single_characters(const std::string& text);

nlohmann::json to_json(const LearntFile& learnt);
/// Throws Error that names the JSON pointer.
LearntFile read_learnt_file(JsonReader reader);

}  // namespace gatescope::experiment
