#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/experiment/experiment.h"
#include "core/task/characters.h"

/// Where the text of an experiment is, and whether it is still the one that it was.
namespace gatescope::experiment {

/// The text in a run's folder that came from a pipe and has no other place.
inline constexpr const char* kTextFile = "text.txt";

/// Takes another text: what was remembered of the one before is forgotten.
void set_text(TaskSpec& task, const std::filesystem::path& path);

/// Whether the text is a copy that belongs to the run.
bool is_own_copy(const TaskSpec& task);

/// The places where the text may be, in the order they are tried: its path as it is (a relative one beside
/// the file that names it, then in the working folder); the place as it was seen from that file; beside that
/// file by its name, for a text whose content is known; and by its name in the folder `corpora`.
std::vector<std::filesystem::path> places_of_text(const TaskSpec& task, const std::filesystem::path& corpora);

/// A text that was read.
struct FoundText {
  std::filesystem::path path;
  task::Characters characters;
};

/// Reads the text from the first place where there is one; where its content is known, from the first that
/// has it. Throws Error that says where it looked, or how the text differs.
FoundText read_text(const TaskSpec& task, const std::filesystem::path& corpora);

/// The task with its data, and where they were found; no path for data that are no text in a file.
struct OpenTask {
  std::shared_ptr<const task::Task> task;
  std::filesystem::path text;
  std::vector<std::string> notes = {};  // what was assumed in reading them, for people
  bool whole = false;                   // nothing of them is learnt, and all is measured
};

/// As make_task; the experiment remembers its text by place and by content. `piped`: the text's bytes, where
/// they came from a pipe.
OpenTask open_task(Experiment& experiment, const std::filesystem::path& corpora,
                   const std::optional<std::string>& piped = {});

/// The same of a task that learns a text.
OpenTask open_text_task(Experiment& experiment, const std::filesystem::path& corpora,
                        const std::optional<std::string>& piped);

/// Remembers the text's place as it is seen from `folder`, where the experiment is going to be written: moved
/// together, both are found again.
void remember_from(TaskSpec& task, const std::filesystem::path& folder);

}  // namespace gatescope::experiment
