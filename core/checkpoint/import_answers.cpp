#include "core/checkpoint/import_answers.h"

#include "core/files.h"
#include "core/json/json_fields.h"
#include "core/sha256.h"
#include "core/task/vocabulary.h"

namespace gatescope::checkpoint {
namespace fs = std::filesystem;
namespace {

constexpr std::uintmax_t kLargestAnswers = std::uintmax_t{1} << 26;

constexpr const char* kAnswersFormat = "gatescope answers";

constexpr auto kAnswersFields = [](auto& self, auto& field) {
  field.unless_usual("vocabulary", self.vocabulary);
  field.unless_usual("cell", self.cell);
  field.unless_usual("head", self.head);
  field.unless_usual("embedding", self.embedding);
};

std::string to_text(const ImportAnswers& answers) {
  nlohmann::json json{{"format", kAnswersFormat}};
  write_fields(kAnswersFields, answers, json);
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::optional<fs::path> find_answers(const fs::path& model, std::string_view bytes,
                                     const fs::path& state_folder) {
  std::error_code code;
  if (const fs::path beside = answers_beside(model); fs::is_regular_file(beside, code)) return beside;
  if (state_folder.empty() || !fs::is_directory(state_folder / "answers", code)) return std::nullopt;
  const fs::path own = answers_in(state_folder, bytes);
  return fs::is_regular_file(own, code) ? std::optional(own) : std::nullopt;
}

}  // namespace

fs::path answers_beside(const fs::path& model) {
  fs::path path = model;
  path += ".gatescope.json";
  return path;
}

fs::path answers_in(const fs::path& state_folder, std::string_view model_bytes) {
  return state_folder / "answers" / (sha256(model_bytes) + ".json");
}

fs::path remember_answers(const fs::path& model, const ImportAnswers& answers, const fs::path& state_folder) {
  const fs::path beside = answers_beside(model);
  const std::string text = to_text(answers);
  try {
    write_file(beside, text, {.follow_links = false});
    return beside;
  } catch (const Error&) {
    if (state_folder.empty()) throw;
  }
  const fs::path own = answers_in(state_folder, read_file(model));
  write_file(own, text);
  return own;
}

ImportAnswers read_answers(const fs::path& path) {
  const std::string origin = path.string();
  const nlohmann::json json = parse_json(read_file(path, kLargestAnswers), origin);
  JsonReader reader(json, "", origin);
  const std::string format = reader.get("format", "");
  if (format != kAnswersFormat) reader.reject("format", fmt::format("\"{}\"", kAnswersFormat));
  ImportAnswers answers = read_fields<ImportAnswers>(kAnswersFields, std::move(reader));
  if (!answers.cell.empty()) nn::find_cell(answers.cell);
  answers.vocabulary = task::Vocabulary(std::move(answers.vocabulary), fmt::format("'{}'", origin)).entries();
  return answers;
}

ImportOptions with_answers(ImportOptions options, const ImportAnswers& answers) {
  if (!options.vocabulary && options.entries.empty()) options.entries = answers.vocabulary;
  if (options.cell.empty()) options.cell = answers.cell;
  if (options.head.empty()) options.head = answers.head;
  if (options.embedding.empty()) options.embedding = answers.embedding;
  return options;
}

ModelFile load_model_as_before(const fs::path& path, const ImportOptions& options,
                               const fs::path& state_folder, ImportOptions* used) {
  return model_as_before(path, read_file(path), options, state_folder, used);
}

ModelFile model_as_before(const fs::path& path, const std::string& bytes, const ImportOptions& options,
                          const fs::path& state_folder, ImportOptions* used) {
  const auto answers = find_answers(path, bytes, state_folder);
  if (!answers) return parse_model(bytes, path.string(), options);
  std::string ignored;
  try {
    ImportOptions all = with_answers(options, read_answers(*answers));
    ModelFile file = parse_model(bytes, path.string(), all);
    file.notes.insert(file.notes.begin(), fmt::format("'{}': read with what was said of it before, in '{}'",
                                                      path.string(), answers->string()));
    if (used) *used = std::move(all);
    return file;
  } catch (const Error& error) {
    ignored = error.what();
  }
  const std::string note = fmt::format("'{}' is left aside: {}", answers->string(), ignored);
  try {
    ModelFile file = parse_model(bytes, path.string(), options);
    file.notes.insert(file.notes.begin(), note);
    return file;
  } catch (const Unanswered& error) {
    throw Unanswered(fmt::format("{}; {}", error.what(), note));
  }
}

}  // namespace gatescope::checkpoint
