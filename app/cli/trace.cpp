#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/cli.h"
#include "app/cli/idle_rules.h"
#include "app/cli/model_options.h"
#include "app/cli/stimulus_options.h"
#include "app/platform/output.h"
#include "core/observe/observe.h"
#include "core/task/task.h"
#include "core/trace/sequence_trace.h"
#include "core/trace/trace_json.h"
#include "core/train/loss_text.h"

namespace gatescope::app {
namespace {

struct TraceOptions {
  ModelOptions model;
  StimulusOptions stimulus;
  std::string loss = "all", out;
  std::optional<int> label;
  bool as_double = false;
};

/// A text says nothing of what a model should tell that tells something else than its next character.
void tell_no_loss(const nn::Interface& interface) {
  if (interface.readout == nn::Readout::softmax) {
    note(
        "gatescope: the model tells {} classes: there is no loss, and its gradients are zero; --label N says "
        "which is right, 0 to {}, at the last step or the one that --loss names\n",
        interface.outputs, interface.outputs - 1);
  } else {
    note("gatescope: the model gives values: a text has no loss, and the gradients are zero\n");
  }
}

constexpr observe::Needs kNeeds{.tape = true, .gradients = true};

template <class S>
int save(const TraceOptions& options, const observe::Observation<S>& observed, const std::string& read) {
  const std::string out = options.out == "-" ? "/dev/stdout" : options.out;
  trace::save_trace_json<S>(out, *observed.network, *observed.sequence,
                            {observed.alphabet.inputs, observed.rules, read, observed.alphabet.outputs});
  if (observed.sequence->trace.scored > 0)
    print_beside(out, "loss {} {} over {} steps\n", train::loss_text(observed.sequence->trace.total_loss, 6),
                 observed.outcome().has_probabilities ? "nats" : observed.outcome().score,
                 observed.sequence->trace.scored);
  print_beside(out, "{}\n", out);
  return 0;
}

template <class S>
int trace(const TraceOptions& options) {
  trace::LossAt loss;
  try {
    loss = trace::parse_loss_at(options.loss);
  } catch (const Error& error) {
    usage("--loss: {}", error.what());
  }
  loss.label = options.label;
  check_one_standard_input({{"--text-file", options.stimulus.text_file},
                            {"--sequence-file", options.stimulus.sequence_file},
                            {"--vocab", options.model.vocabulary}});
  const checkpoint::ModelFile file = options.model.load();
  observe::Model<S> model{.network = std::make_shared<nn::Network<S>>(checkpoint::make_network<S>(file))};
  const std::vector<nn::ForceRule> rules = options.model.force_on(*model.network);
  if (options.stimulus.sequence && options.loss != "all")
    usage("--loss {} is for a text: a sequence has its loss where it has labels", options.loss);
  if (!options.stimulus.sequence_file.empty() && options.label)
    usage("--label is for a text: a sequence says what is expected after a bar");
  const Reading reading = options.stimulus.read(options.model, file, rules, model);
  const trace::Keep keep = options.stimulus.of_text() ? trace::Keep::in_file : trace::Keep::in_memory;
  const auto observed =
      observe::observe(model, reading.stimulus, rules, options.stimulus.sequence ? trace::LossAt{} : loss,
                       {.needs = kNeeds, .keep = keep});
  tell_idle_rules<S>({&observed, 1});
  if (options.stimulus.of_text() && observed.sequence->trace.scored == 0) tell_no_loss(file.interface);
  return save<S>(options, observed, reading.text);
}

}  // namespace

void add_trace(CLI::App& program, Action& action) {
  CLI::App* command =
      program.add_subcommand("trace", "Write every value and gradient of a model over one text");
  auto options = std::make_shared<TraceOptions>();
  options->model.add_to(*command);
  options->stimulus.add_to(*command);
  command->get_option_group("text")->require_option(1);
  command
      ->add_option("--loss", options->loss,
                   "Which steps the loss is the sum of: all, last, or a step's number")
      ->capture_default_str();
  command->add_option("--label", options->label,
                      "The right class, of a model that tells classes instead of the next character");
  command->add_flag("--double", options->as_double, "Compute in double precision");
  command->add_option("--out", options->out, "The JSON file to write; - is the standard output")->required();
  command->callback([options, &action] {
    action = [options] { return options->as_double ? trace<double>(*options) : trace<float>(*options); };
  });
}

}  // namespace gatescope::app
