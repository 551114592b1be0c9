#include "core/experiment/text.h"

#include <algorithm>

#include "core/error.h"
#include "core/experiment/task_file.h"
#include "core/experiment/task_kinds.h"
#include "core/file_kind.h"
#include "core/files.h"
#include "core/task/char_text.h"
#include "core/task/text_file.h"

namespace gatescope::experiment {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t kLargestText = std::uintmax_t{1} << 30;  // a byte or two of memory each

bool is_shipped(const fs::path& path, const fs::path& corpora) {
  return !corpora.empty() && path.has_filename() && path == corpora / path.filename();
}

task::TextReader reader_into(task::Characters& characters, const TaskSpec& task, const std::string& origin) {
  return {task.on_invalid(), origin, [&characters](std::u32string_view part) { characters.add(part); }};
}

task::Characters decode(const TaskSpec& task, std::string_view bytes, const std::string& origin) {
  task::Characters characters;
  characters.expect(bytes.size());
  task::TextReader reader = reader_into(characters, task, origin);
  reader.add(bytes);
  reader.end();
  return characters;
}

FoundText read_from(const TaskSpec& task, const fs::path& path) {
  std::error_code code;
  const std::uintmax_t size = fs::file_size(path, code);
  // What is no text is told at once, however large it is.
  if (code || size <= kLargestText)
    task::refuse_no_text(read_beginning(path, std::size_t{1} << 16), path.native());
  FoundText found{path, {}};
  if (!code && size <= kLargestText) found.characters.expect(static_cast<std::size_t>(size));
  task::TextReader reader = reader_into(found.characters, task, path.native());
  read_file(
      path, [&](std::string_view piece) { reader.add(piece); }, kLargestText);
  reader.end();
  return found;
}

std::string in_a_list(const std::vector<fs::path>& paths) {
  std::string list;
  for (std::size_t k = 0; k < paths.size(); ++k) {
    list += k == 0 ? "" : k + 1 == paths.size() ? " and " : ", ";
    list += fmt::format("'{}'", paths[k].native());
  }
  return list;
}

/// Where the content is known there are ways to find it again.
std::string how_to_find(const TaskSpec& task) {
  if (task.sha256.empty()) return {};
  return task.beside.empty()
             ? "; name its place with --text FILE"
             : fmt::format("; put it into the folder '{}', or name its place with --text FILE", task.beside);
}

[[noreturn]] void fail_for_another(const TaskSpec& task, const FoundText& found) {
  const std::string here = found.characters.digest();
  const std::string sizes =
      found.characters.size() == task.characters
          ? fmt::format("{} characters as before, but others", task.characters)
          : fmt::format("{} characters, expected {}", found.characters.size(), task.characters);
  fail(
      "'{}' is another text than the one remembered: {} (SHA-256 {}..., expected {}...); the text was "
      "changed since, "
      "or it is another file. The right one can be named with --text FILE",
      found.path.native(), sizes, here.substr(0, 12), task.sha256.substr(0, 12));
}

/// The text whose content is known, wherever it is.
FoundText read_known(const TaskSpec& task, const std::vector<fs::path>& there) {
  std::optional<FoundText> another;
  std::optional<Error> trouble;
  for (const fs::path& path : there) {
    try {
      FoundText found = read_from(task, path);
      if (found.characters.digest() == task.sha256) return found;
      if (!another) another = std::move(found);
    } catch (const Error& error) {
      if (!trouble) trouble = error;
    }
  }
  if (another) fail_for_another(task, *another);
  throw Error(*trouble);
}

task::CharText::Options options_of(const Experiment& e) {
  return {e.training.batch, e.training.steps, e.task.held_out, e.training.carry, e.task.vocabulary};
}

}  // namespace

void set_text(TaskSpec& task, const fs::path& path) {
  if (!kind_of(task).of_text) task.kind = task_kinds().front().key;
  task.text = path.native();
  task.near.clear();
  task.beside.clear();
  task.sha256.clear();
  task.characters = 0;
}

bool is_own_copy(const TaskSpec& task) {
  return kind_of(task).of_text && !task.near.empty() && task.near == task.text;
}

std::vector<fs::path> places_of_text(const TaskSpec& task, const fs::path& corpora) {
  std::vector<fs::path> places;
  const auto add = [&](const fs::path& path) {
    const fs::path plain = path.lexically_normal();
    if (std::ranges::find(places, plain) == places.end()) places.push_back(plain);
  };
  const fs::path text(task.text), beside(task.beside);
  if (text.empty()) return places;
  std::error_code code;
  if (text.is_absolute()) {
    places.push_back(text);
  } else {
    if (!beside.empty()) add(beside / text);
    add(fs::current_path(code) / text);
  }
  if (!beside.empty() && !task.near.empty()) add(beside / task.near);
  if (!beside.empty() && !task.sha256.empty()) add(beside / text.filename());
  if (!text.has_parent_path() && !corpora.empty()) add(corpora / text);
  return places;
}

FoundText read_text(const TaskSpec& task, const fs::path& corpora) {
  const std::vector<fs::path> places = places_of_text(task, corpora);
  std::vector<fs::path> there;
  std::error_code code;
  for (const fs::path& path : places)
    if (fs::exists(path, code)) there.push_back(path);
  if (there.empty()) {
    if (places.empty()) fail("the experiment names no text, expected a file");
    fail("there is no text '{}': looked for {}{}", task.text, in_a_list(places), how_to_find(task));
  }
  // Reading it tells what is wrong with a folder.
  return task.sha256.empty() ? read_from(task, there.front()) : read_known(task, there);
}

OpenTask open_task(Experiment& experiment, const fs::path& corpora, const std::optional<std::string>& piped) {
  return kind_of(experiment.task).open(experiment, corpora, piped);
}

OpenTask open_text_task(Experiment& experiment, const fs::path& corpora,
                        const std::optional<std::string>& piped) {
  TaskSpec& spec = experiment.task;
  FoundText found;
  if (piped) {
    found.characters = decode(spec, *piped, "the piped text");
    if (!spec.sha256.empty() && found.characters.digest() != spec.sha256)
      fail_for_another(spec, {"the piped text", std::move(found.characters)});
  } else {
    found = read_text(spec, corpora);
  }
  const std::string origin = piped ? std::string("the piped text") : fmt::format("'{}'", found.path.native());
  spec.characters = found.characters.size();
  const auto text =
      std::make_shared<const task::CharText>(std::move(found.characters), options_of(experiment), origin);
  spec.sha256 = text->fingerprint();
  if (is_shipped(found.path, corpora)) {
    spec.text = found.path.filename().native();
    spec.near.clear();
  } else if (!piped) {
    spec.text = whole_path(found.path);
    spec.near.clear();
  }
  return {text, found.path};
}

std::shared_ptr<const task::Task> make_task(const Experiment& experiment, const fs::path& corpora) {
  Experiment opened = experiment;
  opened.task.has_learnt = true;
  return open_task(opened, corpora).task;
}

void remember_from(TaskSpec& task, const fs::path& folder) {
  if (!kind_of(task).of_text) return;
  task.near.clear();
  if (!fs::path(task.text).is_absolute()) return;  // a text of the program's
  std::error_code code;
  const fs::path text =
      fs::canonical(fs::path(task.text).parent_path(), code) / fs::path(task.text).filename();
  const fs::path from = fs::weakly_canonical(fs::absolute(folder, code), code);
  if (!code) task.near = text.lexically_relative(from).native();
}

}  // namespace gatescope::experiment
