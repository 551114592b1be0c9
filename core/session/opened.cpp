#include "core/session/opened.h"

#include <utility>

#include "core/error.h"
#include "core/experiment/task_kinds.h"
#include "core/experiment/text.h"
#include "core/in_quotes.h"
#include "core/nn/layer.h"
#include "core/nn/plan.h"
#include "core/views/view.h"

namespace gatescope::session {
namespace {

[[noreturn]] void refuse_without_weights(const experiment::BeginFrom& model) {
  fail(
      "this run began from the weights of {}: its folder goes on with it, gatescope train --begin-from "
      "begins "
      "another",
      in_quotes(model.file));
}

}  // namespace

Opened open_experiment(const experiment::Experiment& wanted, const train::Continuation* from,
                       const std::filesystem::path& corpora, int threads) {
  if (wanted.begin_from && !from) refuse_without_weights(*wanted.begin_from);
  Opened opened;
  opened.experiment = wanted;
  opened.experiment.task.drawn_split = from && train::has_drawn_split(from->state.metadata);
  opened.task = experiment::open_task(opened.experiment, corpora).task;
  opened.experiment.task.drawn_split = false;
  const nn::Interface interface = opened.task->interface();
  experiment::complete(opened.experiment, interface);
  experiment::check(opened.experiment, interface);
  opened.run = std::make_unique<train::Run>(opened.experiment, opened.task, threads);
  if (from) opened.run->resume(*from, "the session");
  opened.alphabet = observe::alphabet_of(*opened.task);
  opened.held_out = observe::read_held_out(*opened.task);
  return opened;
}

Opened open_models(const OpenModels& wanted) {
  Opened opened;
  std::vector<std::string> origins;
  for (std::size_t k = 0; k < wanted.files.size(); ++k) {
    origins.push_back(wanted.files[k].string());
    const auto options = k < wanted.options.size() ? wanted.options[k] : checkpoint::ImportOptions{};
    opened.files.push_back(k < wanted.bytes.size()
                               ? checkpoint::parse_model(*wanted.bytes[k], origins.back(), options)
                               : checkpoint::load_model(wanted.files[k], options));
  }
  for (std::size_t k = wanted.files.size(); k < wanted.bytes.size(); ++k) {
    origins.push_back(fmt::format("{}, model {}", wanted.origin, opened.files.size() + 1));
    opened.files.push_back(checkpoint::parse_model(*wanted.bytes[k], origins.back()));
  }
  if (opened.files.empty() || opened.files.size() > 4)
    fail("{} models cannot be opened together, expected one to four", opened.files.size());
  opened.experiment.title = printable(std::filesystem::path(origins[0]).filename().native());
  opened.experiment.models.clear();
  for (std::size_t m = 0; m < opened.files.size(); ++m) {
    const checkpoint::ModelFile& file = opened.files[m];
    if (file.vocabulary != opened.files[0].vocabulary) {
      fail("'{}' has another vocabulary than '{}': models side by side need the same", origins[m],
           origins[0]);
    }
    if (file.interface != opened.files[0].interface) {
      fail("'{}' tells something else than '{}': models side by side need the same outputs", origins[m],
           origins[0]);
    }
    if (file.vocabulary.empty() && file.interface.input == nn::InputKind::characters)
      fail("'{}' has no vocabulary, so there is no text to read with it", origins[m]);
    opened.fixed.push_back(checkpoint::make_network<float>(file));
    opened.experiment.models.push_back(file.spec);
  }
  opened.alphabet = observe::alphabet_of(opened.files[0].interface, opened.files[0].vocabulary);
  // A model of a series reads what it did not learn of it, and forecasts.
  const auto task = experiment::task_of(opened.files[0].experiment);
  if (task && task->series() && task->interface() == opened.files[0].interface) {
    opened.task = task;
    opened.alphabet = observe::alphabet_of(*task);
    opened.held_out = observe::read_held_out(*task);
  }
  if (task && task->pairs() && task->interface() == opened.files[0].interface)
    observe::take_facts(opened.alphabet, *task);
  experiment::complete(opened.experiment, opened.files[0].interface);
  return opened;
}

Opened open_again(const Opened& opened, int threads) {
  Opened again;
  again.experiment = opened.experiment;
  if (again.experiment.begin_from) refuse_without_weights(*again.experiment.begin_from);
  again.task = opened.task;
  again.held_out = opened.held_out;
  again.alphabet = opened.alphabet;
  again.run = std::make_unique<train::Run>(again.experiment, again.task, threads);
  return again;
}

std::string Opened::name_of(std::size_t m) const {
  return views::legend_name(experiment.models[m].name, network(m).cell());
}

std::vector<ProbedModel> Opened::probed_models(std::span<const nn::ForceRule> rules) const {
  std::vector<ProbedModel> probed;
  for (std::size_t m = 0; m < models(); ++m)
    probed.push_back({name_of(m), &network(m), nn::rules_for(rules, network(m).spec())});
  return probed;
}

void Opened::check_rule(const nn::ForceRule& rule) const {
  std::optional<std::string> why;
  for (std::size_t m = 0; m < models(); ++m) {
    const nn::Network<float>& each = network(m);
    try {
      nn::check_rule(rule, each.spec(), each.sizes());
      return;
    } catch (const Error& error) {
      if (!why || nn::concerns(rule, each.spec())) why = error.what();
    }
  }
  if (why) fail("{}", *why);
}

bool Opened::fits(const nn::ForceRule& rule) const {
  try {
    check_rule(rule);
    return true;
  } catch (const Error&) {
    return false;
  }
}

void Opened::check_given(const observe::GivenSequence& given) const {
  observe::numbers_of(given, alphabet, network(0).interface(), name_of(0));
}

std::vector<std::shared_ptr<nn::Network<float>>> Opened::networks_of(
    const checkpoint::Safetensors& state) const {
  std::vector<std::shared_ptr<nn::Network<float>>> networks;
  const train::Trainer& trainer = run->trainer();
  for (std::size_t m = 0; m < models(); ++m) {
    networks.push_back(copy_of(trainer.network(m)));
    networks.back()->parameters() = trainer.parameters_in(state, m);
  }
  return networks;
}

std::function<std::shared_ptr<nn::Network<float>>()> Opened::maker_of(
    std::weak_ptr<const checkpoint::Safetensors> state, std::size_t model) const {
  const nn::Network<float>& like = network(model);
  return [state = std::move(state), model, spec = like.spec(),
          interface = like.interface()]() -> std::shared_ptr<nn::Network<float>> {
    const auto kept = state.lock();
    if (!kept) return nullptr;
    auto made = std::make_shared<nn::Network<float>>(spec, interface);
    made->parameters() = train::parameters_in(*kept, model, made->table().size());
    made->prepare_all();
    return made;
  };
}

Capture Opened::capture(const Probe& probe) const {
  Capture capture{experiment, probe, nullptr, {}};
  if (run) {
    capture.training = std::make_shared<const train::Continuation>(
        train::Continuation{std::as_const(*run).trainer().state(), run->metrics()});
  }
  for (const checkpoint::ModelFile& file : files)
    capture.models.push_back(std::make_shared<const std::string>(checkpoint::to_bytes(file)));
  return capture;
}

std::vector<checkpoint::ModelFile> Opened::model_files() const {
  if (!run) return files;
  std::vector<checkpoint::ModelFile> written;
  for (std::size_t m = 0; m < models(); ++m) written.push_back(file_of(network(m), run->trainer().updates()));
  return written;
}

std::vector<checkpoint::ModelFile> Opened::files_of(
    std::span<const std::shared_ptr<nn::Network<float>>> networks, std::uint64_t updates) const {
  std::vector<checkpoint::ModelFile> written;
  for (const auto& each : networks) written.push_back(file_of(*each, updates));
  return written;
}

checkpoint::ModelFile Opened::file_of(const nn::Network<float>& network, std::uint64_t updates) const {
  // The rules are those in force while training, the rest is as the person called it.
  experiment::Experiment trained = std::as_const(*run).trainer().experiment();
  trained.title = experiment.title;
  trained.look_for = experiment.look_for;
  auto file = checkpoint::model_file(network, alphabet.inputs, experiment::to_json(trained));
  file.metadata["updates"] = std::to_string(updates);
  return file;
}

}  // namespace gatescope::session
