// Models from elsewhere: what their files do not say is asked for, and remembered.

#include <fmt/format.h>

#include <algorithm>

#include "app/desk/files.h"
#include "core/checkpoint/import_answers.h"
#include "core/error.h"
#include "core/files.h"

namespace gatescope::ui {
namespace fs = std::filesystem;
namespace {

checkpoint::ImportWays ways_of_the_form() {
  checkpoint::ImportWays ways;
  ways.vocabulary = "above";
  ways.cell = ways.head = ways.embedding = "above";
  ways.relu = "under File, Read the model otherwise";
  ways.no_embedding = "under File, Read the model otherwise";
  ways.head_name = "the read-out";
  ways.embedding_name = "the embedding";
  return ways;
}

/// The modules of matrices: a read-out or an embedding is one of them.
std::vector<std::string> modules_in(const fs::path& path) {
  std::vector<std::string> modules;
  for (const checkpoint::Tensor& tensor : checkpoint::read_safetensors(path).tensors) {
    if (tensor.shape.size() == 2 && tensor.name.ends_with(".weight"))
      modules.push_back(tensor.name.substr(0, tensor.name.size() - 7));
  }
  return modules;
}

ReadModels read_models(const std::vector<fs::path>& paths, std::vector<std::string> bytes,
                       const OpenOptions& options, const fs::path& state) {
  ReadModels read{.paths = paths};
  for (std::size_t m = 0; m < paths.size(); ++m) {
    const fs::path& path = paths[m];
    read.bytes.push_back(std::make_shared<const std::string>(std::move(bytes[m])));
    checkpoint::ImportOptions used = options.import;
    if (options.ask) used.ways = ways_of_the_form();
    try {
      const checkpoint::ModelFile file =
          checkpoint::model_as_before(path, *read.bytes.back(), used, state, &used);
      read.notes.insert(read.notes.end(), file.notes.begin(), file.notes.end());
      used.vocabulary.reset();  // a pipe is read once
      used.entries = file.vocabulary;
    } catch (const checkpoint::Unanswered& error) {
      if (!options.ask) throw;
      read.question = ImportQuestion{path, used, modules_in(path), error.what()};
      return read;
    }
    read.options.push_back(std::move(used));
  }
  return read;
}

}  // namespace

void Files::open_models(const std::vector<fs::path>& paths, const OpenOptions& options) {
  const auto read = [paths, options, state = folders_.state](std::vector<std::string> bytes) {
    return read_models(paths, std::move(bytes), options, state);
  };
  if (std::ranges::none_of(paths, is_large)) {
    std::vector<std::string> bytes;
    for (const fs::path& path : paths) bytes.push_back(read_file(path));
    return open_models(read(std::move(bytes)));
  }
  loading_models_.begin(executor_, paths, read);
  notices_.say(fmt::format("reading {}", paths.front().string()));
}

void Files::open_models(ReadModels read) {
  if (read.question) {
    question_ = std::move(read.question);
    return;
  }
  for (std::string& note : read.notes) notices_.say(std::move(note));
  models_open_ = read.paths;
  editor_.open_models(
      {.files = std::move(read.paths), .bytes = std::move(read.bytes), .options = std::move(read.options)});
  session_path_.reset();
}

bool Files::can_ask_again() const {
  return models_open_.size() == 1 && !editor_.shown().now().can_train;
}

void Files::ask_again() {
  if (!can_ask_again()) return;
  try {
    checkpoint::ImportOptions used;
    used.ways = ways_of_the_form();
    try {
      const auto file = checkpoint::load_model_as_before(models_open_[0], used, folders_.state, &used);
      used.entries = file.vocabulary;
    } catch (const checkpoint::Unanswered&) {
    }
    question_ = ImportQuestion{models_open_[0], used, modules_in(models_open_[0]), ""};
  } catch (const std::exception& error) {
    notices_.say(error.what(), true);
  }
}

void Files::answer(checkpoint::ImportOptions options) {
  if (!question_) return;
  options.ways = ways_of_the_form();
  const fs::path path = question_->path;
  try {
    const checkpoint::ModelFile file = checkpoint::load_model(path, options);
    checkpoint::ImportAnswers answers{file.vocabulary, options.cell, options.head, options.embedding};
    try {
      checkpoint::remember_answers(path, answers, folders_.state);
    } catch (const std::exception& error) {
      notices_.say(fmt::format("What you said will be asked for again: {}", error.what()), true);
    }
    options.vocabulary.reset();
    options.entries = file.vocabulary;
    question_.reset();
    open_models({path}, {.import = std::move(options)});
  } catch (const std::exception& error) {
    question_->known = std::move(options);
    question_->problem = error.what();
  }
}

}  // namespace gatescope::ui
