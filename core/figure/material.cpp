#include "core/figure/material.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "core/checkpoint/model_file.h"
#include "core/error.h"
#include "core/files.h"
#include "core/sha256.h"
#include "core/task/utf8.h"
#include "core/task/vocabulary.h"

namespace gatescope::figure {
namespace fs = std::filesystem;
namespace {

struct Found {
  fs::path path;
  std::string bytes;  // but of tables, which may be larger than the memory
};

std::vector<fs::path> candidates(const FileReference& file, const Places& places) {
  std::vector<fs::path> paths;
  const auto add = [&](const fs::path& path) {
    if (!path.empty() && std::ranges::find(paths, path) == paths.end()) paths.push_back(path);
  };
  for (const fs::path& path : places.additional) add(path);
  add(file.path);
  add(file.absolute);
  if (!places.of_figure.empty() && !file.path.empty()) {
    const fs::path folder = places.of_figure.parent_path();
    if (fs::path(file.path).is_relative()) add(folder / file.path);
    add(folder / fs::path(file.path).filename());
  }
  return paths;
}

/// Throws Error that says what is wrong with it, without saying of which figure.
Found find_file(const FileReference& file, std::string_view what, bool table, const Places& places) {
  if (file.path.empty()) fail("the {} was never saved to a file", what);
  std::string looked, changed;
  for (const fs::path& path : candidates(file, places)) {
    std::error_code code;
    if (!fs::is_regular_file(path, code)) {
      looked += fmt::format("{}'{}'", looked.empty() ? "" : ", ", path.string());
      continue;
    }
    Found found{path, table ? std::string() : read_file(path)};
    if ((table ? sha256_of_file(path, file.size.value_or(train::kWhole)) : sha256(found.bytes)) ==
        file.sha256)
      return found;
    if (changed.empty()) changed = path.string();
  }
  if (!changed.empty()) {
    fail("the {} at '{}' is not the one that made it: trained on since, or another (SHA-256 {}... expected)",
         what, changed, file.sha256.substr(0, 12));
  }
  fail("the {} '{}' is missing (looked for {})", what, file.path, looked);
}

/// Two models of one name are told apart by their files' names, else by their folders', else by their
/// numbers.
void tell_apart(std::vector<Subject>& subjects, const FigureRequest& request) {
  std::vector<std::string> names(subjects.size());
  for (std::size_t m = 0; m < subjects.size(); ++m) names[m] = subjects[m].name;
  for (std::size_t m = 0; m < subjects.size(); ++m) {
    std::vector<std::string> stems, folders;
    std::size_t mine = 0;
    for (std::size_t k = 0; k < subjects.size(); ++k) {
      if (names[k] != names[m]) continue;
      if (k == m) mine = stems.size();
      const fs::path path = request.models[k].file.absolute;
      stems.push_back(path.stem().string());
      folders.push_back(path.parent_path().filename().string());
    }
    if (stems.size() < 2) continue;
    const auto unique = [&](const std::vector<std::string>& list) {
      return std::ranges::count(list, list[mine]) == 1;
    };
    subjects[m].name += fmt::format(" ({})", unique(stems)     ? stems[mine]
                                             : unique(folders) ? folders[mine]
                                                               : std::to_string(mine + 1));
  }
}

}  // namespace

Material load_material(const FigureRequest& request, const Places& places) {
  Material material;
  std::string problems;
  std::map<fs::path, train::History> tables;  // several models share one
  const auto find = [&](const FileReference& file, std::string_view what,
                        bool table = false) -> std::optional<Found> {
    try {
      return find_file(file, what, table, places);
    } catch (const Error& error) {
      problems += (problems.empty() ? "" : "; ") + std::string(error.what());
      return std::nullopt;
    }
  };
  for (const ModelReference& model : request.models) {
    const auto file = find(model.file, "model");
    const auto vocabulary = model.vocabulary ? find(*model.vocabulary, "vocabulary") : std::nullopt;
    const auto metrics = model.metrics ? find(*model.metrics, "table of metrics", true) : std::nullopt;
    if (!problems.empty()) continue;
    checkpoint::ImportOptions options;
    if (vocabulary) options.vocabulary = vocabulary->path;
    options.cell = model.cell, options.head = model.head, options.embedding = model.embedding;
    checkpoint::ModelFile read = checkpoint::parse_model(file->bytes, file->path.string(), options);
    auto network = std::make_unique<nn::Network<float>>(checkpoint::make_network<float>(read));
    Subject subject;
    subject.name = subject_name(read.spec.name, network->cell());
    subject.network = network.get();
    subject.vocabulary = std::move(read.vocabulary);
    if (!trace::tells_next_character(read.interface)) {
      for (Index k = 0; k < read.interface.outputs; ++k) subject.classes.push_back(std::to_string(k));
    }
    if (metrics) {
      const auto [table, is_new] = tables.try_emplace(metrics->path);
      if (is_new)
        table->second = train::read_history(metrics->path, model.metrics->size.value_or(train::kWhole));
      const train::History& history = table->second;
      // A run of one model may have been renamed since; with several, the name tells whose rows they are.
      const train::History::Model* rows = history.models().size() == 1
                                              ? &history.models().front()
                                              : history.find(train::name_in_table(read.spec.name));
      if (!rows) {
        fail("'{}' has no rows of the model {}, which is in '{}'", metrics->path.string(), subject.name,
             file->path.string());
      }
      subject.metrics = rows->rows;
    }
    material.subjects.push_back(std::move(subject));
    material.models.push_back({std::move(network), nullptr, nullptr});
  }
  if (!problems.empty()) {
    fail(
        "{}{}",
        places.of_figure.empty() ? "" : fmt::format("'{}' cannot be made again: ", places.of_figure.string()),
        problems);
  }
  tell_apart(material.subjects, request);
  return material;
}

std::vector<std::string> describe(FigureRequest& request) {
  std::vector<std::string> notes;
  for (ModelReference& model : request.models) {
    checkpoint::ImportOptions options;
    if (model.vocabulary) options.vocabulary = model.vocabulary->path;
    options.cell = model.cell, options.head = model.head, options.embedding = model.embedding;
    const checkpoint::ModelFile file = checkpoint::load_model(model.file.path, options);
    notes.insert(notes.end(), file.notes.begin(), file.notes.end());
    model.experiment = file.experiment;
    if (const auto updates = file.metadata.find("updates"); updates != file.metadata.end())
      model.update = std::strtoull(updates->second.c_str(), nullptr, 10);
  }
  return notes;
}

void observe(const FigureRequest& request, Material& material) {
  const trace::LossAt loss = trace::parse_loss_at(request.loss);
  const bool of_text = !find_view(request.view).of_training;
  for (std::size_t m = 0; m < material.models.size(); ++m) {
    Material::Model& model = material.models[m];
    Subject& subject = material.subjects[m];
    subject.rules = nn::rules_for(request.rules, model.network->cell());
    if (!of_text) continue;
    if (!subject.classes.empty() && find_view(request.view).one_loss) {
      fail(
          "the view {} shows the gradient of a loss, but {} tells classes, and a text does not say the right "
          "one",
          request.view, subject.name);
    }
    const task::Vocabulary vocabulary(subject.vocabulary, subject.name);
    const auto characters =
        vocabulary.encode(task::decode_utf8(request.text, task::InvalidUtf8::error, "the text"),
                          fmt::format("the text for {}", subject.name));
    const auto trace = [&] {
      return std::make_unique<trace::TextTrace<float>>(
          trace::trace_text<float>(*model.network, characters, loss));
    };
    model.network->force({});
    model.natural = subject.rules.empty() ? nullptr : trace();
    model.network->force(subject.rules);
    model.text = trace();
    subject.text = model.text.get();
    subject.natural = model.natural.get();
  }
}

Figure make_figure(const FigureRequest& request, const Material& material, std::optional<int> frame) {
  ViewOptions options = request.options;
  if (frame) options.frame = frame;
  Figure figure = find_view(request.view).make(material.subjects, options);
  figure.metadata = to_text(request);
  return figure;
}

std::vector<int> replay_steps(const FigureRequest& request, const Material& material) {
  int all = 0;
  for (const Subject& subject : material.subjects)
    if (subject.text) all = std::max(all, static_cast<int>(subject.text->trace.steps));
  std::vector<int> steps(static_cast<std::size_t>(all));
  std::iota(steps.begin(), steps.end(), 0);
  const trace::LossAt loss = trace::parse_loss_at(request.loss);
  if (!find_view(request.view).one_loss || all == 0) return steps;
  const auto from = loss.kind == trace::LossAt::Kind::step
                        ? steps.begin() + std::min<Index>(loss.step, all - 1)
                        : steps.end() - 1;
  // A layer that reads the text backwards sends its gradient forwards.
  if (request.options.backward_direction) return {from, steps.end()};
  steps.erase(from + 1, steps.end());
  std::ranges::reverse(steps);
  return steps;
}

}  // namespace gatescope::figure
