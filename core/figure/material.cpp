#include "core/figure/material.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "core/checkpoint/model_file.h"
#include "core/checkpoint/truncation.h"
#include "core/error.h"
#include "core/experiment/experiment.h"
#include "core/experiment/memory.h"
#include "core/experiment/task_kinds.h"
#include "core/in_quotes.h"
#include "core/observe/held_out.h"
#include "core/observe/observe.h"
#include "core/observe/trained_steps.h"
#include "core/sha256.h"
#include "core/task/vocabulary.h"
#include "core/train/history.h"
#include "core/utf8.h"

namespace gatescope::figure {
namespace fs = std::filesystem;
namespace {

/// Two models of one name are told apart by their files' names, else by their folders', else by their
/// numbers.
void tell_apart(std::vector<std::string>& names, const FigureRequest& request) {
  const std::vector<std::string> given = names;
  for (std::size_t m = 0; m < names.size(); ++m) {
    std::vector<std::string> stems, folders;
    std::size_t mine = 0;
    for (std::size_t k = 0; k < names.size(); ++k) {
      if (given[k] != given[m]) continue;
      if (k == m) mine = stems.size();
      const fs::path path = request.models[k].file.absolute;
      stems.push_back(printable(path.stem().string()));
      folders.push_back(printable(path.parent_path().filename().string()));
    }
    if (stems.size() < 2) continue;
    const auto unique = [&](const std::vector<std::string>& list) {
      return std::ranges::count(list, list[mine]) == 1;
    };
    names[m] += fmt::format(" ({})", unique(stems)     ? stems[mine]
                                     : unique(folders) ? folders[mine]
                                                       : std::to_string(mine + 1));
  }
}

checkpoint::ImportOptions import_options(const ModelReference& model,
                                         const std::optional<fs::path>& vocabulary) {
  checkpoint::ImportOptions options;
  options.vocabulary = vocabulary;
  options.cell = model.cell, options.head = model.head, options.embedding = model.embedding;
  return options;
}

}  // namespace

Material load_material(const FigureRequest& request, const Places& places) {
  Material material;
  std::string problems;
  std::map<fs::path, train::History> tables;  // several models share one
  const auto find = [&](const FileReference& file, FileRole role) -> std::optional<FoundFile> {
    try {
      return find_file(file, role, places);
    } catch (const Error& error) {
      problems += (problems.empty() ? "" : "; ") + std::string(error.what());
      return std::nullopt;
    }
  };
  std::vector<std::string> names;
  for (const ModelReference& model : request.models) {
    const auto file = find(model.file, FileRole::model);
    const auto vocabulary = model.vocabulary ? find(*model.vocabulary, FileRole::vocabulary) : std::nullopt;
    const auto metrics = model.metrics ? find(*model.metrics, FileRole::metrics) : std::nullopt;
    if (!problems.empty()) continue;
    checkpoint::ModelFile read = checkpoint::parse_model(
        file->bytes, file->path.string(),
        import_options(model, vocabulary ? std::optional(vocabulary->path) : std::nullopt));
    observe::Model<float> made;
    made.network = std::make_shared<nn::Network<float>>(checkpoint::make_network<float>(read));
    made.alphabet = observe::alphabet_of(read.interface, std::move(read.vocabulary));
    material.trained_steps.push_back(checkpoint::truncation_of(read));
    if (request.sequence && !request.sequence->classes.empty()) {
      made.alphabet.outputs = request.sequence->classes;
      made.alphabet.outcome = read.interface.pairs ? &task::kTarget : &task::kLabel;
    }
    if (const auto task = experiment::task_of(read.experiment); task && task->interface() == read.interface)
      observe::take_facts(made.alphabet, *task);
    names.push_back(legend_name(read.spec.name, made.network->cell()));
    Observation& observation = material.observations.emplace_back();
    observation.network = made.network;
    observation.alphabet = made.alphabet;
    material.models.push_back(std::move(made));
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
        fail("'{}' has no rows of the model {}, which is in '{}'", metrics->path.string(), names.back(),
             file->path.string());
      }
      observation.metrics = rows->rows;
    }
  }
  if (!problems.empty()) {
    fail(
        "{}{}",
        places.of_figure.empty() ? "" : fmt::format("'{}' cannot be made again: ", places.of_figure.string()),
        problems);
  }
  tell_apart(names, request);
  for (std::size_t m = 0; m < names.size(); ++m)
    material.models[m].name = material.observations[m].name =
        request.models[m].name.empty() ? names[m] : request.models[m].name;
  return material;
}

std::vector<std::string> describe(FigureRequest& request) {
  std::vector<std::string> notes, names;
  for (ModelReference& model : request.models) {
    const checkpoint::ModelFile file = checkpoint::load_model(
        model.file.path,
        import_options(model, model.vocabulary ? std::optional(model.vocabulary->path) : std::nullopt));
    notes.insert(notes.end(), file.notes.begin(), file.notes.end());
    model.experiment = file.experiment;
    if (const auto updates = file.metadata.find("updates"); updates != file.metadata.end())
      model.update = std::strtoull(updates->second.c_str(), nullptr, 10);
    names.push_back(legend_name(file.spec.name, nn::find_cell(file.spec.cell)));
  }
  tell_apart(names, request);
  for (std::size_t m = 0; m < names.size(); ++m) request.models[m].name = names[m];
  return notes;
}

void observe(const FigureRequest& request, Material& material) {
  const trace::LossAt loss = trace::parse_loss_at(request.loss);
  const observe::Needs needs = find_view(request.view).needs;
  const bool of_text = needs.tape;
  const std::u32string characters = decode_utf8(request.text, InvalidUtf8::error, "the text");
  const Index steps = request.sequence ? request.sequence->steps() : std::ssize(characters);
  double bytes = 0;
  for (std::size_t m = 0; m < material.models.size(); ++m) {
    const nn::Network<float>& network = *material.models[m].network;
    Observation& observation = material.observations[m];
    observation.rules = nn::rules_for(request.rules, network.spec());
    bytes += (observation.rules.empty() || !needs.natural ? 1 : 2) *
             (experiment::memory_needed(network.spec(), network.interface(), steps, 1, observation.rules) +
              experiment::memory_of_attention(network.spec(), steps, 1, sizeof(float)));
  }
  if (of_text) experiment::check_memory(bytes, "a shorter text");
  for (std::size_t m = 0; of_text && m < material.models.size(); ++m) {
    const observe::Model<float>& model = material.models[m];
    const nn::Network<float>& network = *model.network;
    Observation& observation = material.observations[m];
    if (!request.sequence && !observation.outcome().of_input && !network.interface().pairs &&
        needs.one_loss) {
      fail(
          "the view {} shows the gradient of a loss, but {} tells classes, and a text does not say the right "
          "one; --sequence N, of what it learnt, or --sequence-file FILE does",
          request.view, observation.name);
    }
    observe::Stimulus stimulus;
    if (request.sequence) {
      stimulus = observe::numbers_of(*request.sequence, model.alphabet, network.interface(), model.name);
    } else {
      const task::Vocabulary vocabulary(model.alphabet.inputs, model.name);
      stimulus = observe::Text{vocabulary.encode(characters, fmt::format("the text for {}", model.name))};
    }
    if (observe::is_source_alone(stimulus, network.interface())) {
      if (needs.one_loss)
        fail("the view {} shows the gradient of a loss, and the text says no target: write it behind a →",
             request.view);
      // What the first model made of it is what all read.
      if (m > 0) stimulus = observe::Pair(*material.observations[0].sequence);
    }
    const trace::Keep keep = request.sequence ? trace::Keep::in_memory : trace::Keep::in_file;
    std::vector<train::MetricsRow> metrics = std::move(observation.metrics);
    observation = observe::observe(model, stimulus, observation.rules, loss, {.needs = needs, .keep = keep});
    observation.metrics = std::move(metrics);
    observe::say_trained_steps(observation, material.trained_steps[m]);
    observe::say_held_out(
        observation, observe::numbers_of(request.held_out, model.alphabet, network.interface(), model.name));
  }
}

}  // namespace gatescope::figure
