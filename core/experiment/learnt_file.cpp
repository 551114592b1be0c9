#include "core/experiment/learnt_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/experiment/task_file.h"
#include "core/files.h"
#include "core/in_quotes.h"
#include "core/json/json_fields.h"
#include "core/utf8.h"

namespace gatescope::experiment {
namespace {

/// Whether the model learnt this file, with the same rows or with others.
bool is_learnt_file(const LearntFile& learnt, const std::string& path, const std::string& digest) {
  return learnt.file == path || (!learnt.data.empty() && learnt.data == digest);
}

constexpr auto kLearntPathForm =
    by([](JsonReader& reader, std::string_view key) { return path_from_text(reader.get(key, "")).native(); },
       [](const std::string& path) { return path_to_text(path); });

constexpr auto kLearntFileFields = [](auto& self, auto& field) {
  field("file", self.file, kLearntPathForm);
  field("sha256", self.data);
  field("characters", self.characters);
  field.unless_usual("labels", self.labels);
  field("longest", self.longest, range(1, 10000));
  field.unless_usual("bound", self.bound, range(0, 1));
  const auto differ = [](auto all) {
    std::ranges::sort(all);
    return std::ranges::adjacent_find(all) == all.end();
  };
  field.check("characters", !self.characters.empty() && differ(all_characters(self.characters)),
              "different characters");
  field.check("labels", differ(self.labels), "different labels");
};

}  // namespace

task::Split split_of(const TaskSpec& task, const std::string& path, const std::string& digest,
                     OpenTask& opened) {
  using task::SplitBy;
  const task::Split drawn{SplitBy::drawing, task.held_out};
  if (!task.has_learnt) return task.drawn_split ? drawn : task::Split{SplitBy::share, task.held_out};
  if (!task.learnt_file) return drawn;
  const LearntFile& learnt = *task.learnt_file;
  const auto say = [&](std::string_view what) {
    opened.notes.push_back(fmt::format("{}: {}", printable(path), what));
  };
  const auto all = [&](std::string_view why) {
    say(why);
    opened.whole = true;
    return task::Split{SplitBy::none, 0};
  };
  if (!is_learnt_file(learnt, path, digest))
    return all(
        learnt.data.empty() && !learnt.file.empty()
            ? "an older version learnt from another place and kept no more of it, so that all of this file "
              "is measured; what was learnt may be among it"
            : "it is not the file that was learnt, so that all of it is measured");
  const bool changed = !learnt.data.empty() && learnt.data != digest;
  if (learnt.bound) {
    if (changed)
      say("it is not as it was when it was learnt; rows that were learnt still count as learnt, and an equal "
          "share of new ones is held out");
    return {SplitBy::bound, *learnt.bound};
  }
  if (changed)
    return all(
        "it is not as it was when it was learnt, and an older version split it by all its rows: all of it is "
        "measured, what was learnt among it");
  if (learnt.data.empty())
    say("it was learnt by an older version that does not know whether it was changed since; if it was, "
        "what was learnt may be among what is held out");
  return drawn;
}

std::optional<LearntFile> known_by_characters(const std::string& path,
                                              const std::vector<std::string>& vocabulary) {
  LearntFile known;
  known.file = path;
  known.characters = joined(vocabulary);
  if (single_characters(known.characters) != vocabulary) return std::nullopt;
  return known;
}

std::string joined(const std::vector<std::string>& characters) {
  return fmt::format("{}", fmt::join(characters, ""));
}

std::vector<std::string> single_characters(const std::string& text) {
  std::vector<std::string> all;
  for (const char32_t c : all_characters(text)) all.push_back(encode_utf8(c));
  return all;
}

nlohmann::json to_json(const LearntFile& learnt) {
  return write_fields(kLearntFileFields, learnt);
}

LearntFile read_learnt_file(JsonReader reader) {
  return read_fields<LearntFile>(kLearntFileFields, std::move(reader));
}

}  // namespace gatescope::experiment
