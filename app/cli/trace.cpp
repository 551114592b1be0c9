#include <memory>
#include <optional>

#include "app/cli/cli.h"
#include "app/cli/experiment_options.h"
#include "app/cli/model_options.h"
#include "app/cli/output.h"
#include "core/experiment/memory.h"
#include "core/files.h"
#include "core/trace/text_trace.h"
#include "core/trace/trace_json.h"
#include "core/train/loss_text.h"

namespace gatescope::app {
namespace {

struct Options {
  ModelOptions model;
  std::string text, text_file, loss = "all", out;
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

template <class S>
int trace(const Options& options) {
  trace::LossAt loss;
  try {
    loss = trace::parse_loss_at(options.loss);
  } catch (const Error& error) {
    usage("--loss: {}", error.what());
  }
  loss.label = options.label;
  check_one_standard_input({{"--text-file", options.text_file}, {"--vocab", options.model.vocabulary}});
  const checkpoint::ModelFile file = options.model.load();
  nn::Network<S> network = checkpoint::make_network<S>(file);
  const std::vector<nn::ForceRule> rules = options.model.force_on(network);
  const std::string origin = options.text_file.empty() ? "--text" : input_name(options.text_file);
  const std::string bytes = options.text_file.empty() ? options.text : read_input(options.text_file);
  const auto characters = options.model.encode(file, bytes, origin);
  check_memory(experiment::memory_of_trace(file.spec, file.interface, static_cast<Index>(characters.size()),
                                           !rules.empty(), sizeof(S)),
               "a shorter text");
  const auto text = trace::trace_text<S>(network, characters, loss);
  const std::string read = task::Vocabulary(file.vocabulary).decode(characters);
  trace::save_trace_json<S>(options.out, network, text, {file.vocabulary, rules, read});
  if (text.trace.scored == 0) {
    tell_no_loss(file.interface);
    print_beside(options.out, "{}\n", options.out);
  } else {
    print_beside(options.out, "loss {} nats over {} steps\n{}\n", train::loss_text(text.trace.total_loss, 6),
                 text.trace.scored, options.out);
  }
  return 0;
}

}  // namespace

void add_trace(CLI::App& program, Action& action) {
  CLI::App* command =
      program.add_subcommand("trace", "Write every value and gradient of a model over one text");
  auto options = std::make_shared<Options>();
  options->model.add_to(*command);
  auto* source = command->add_option_group("text", "The text, two characters or more");
  source->add_option("--text", options->text, "The text itself");
  source->add_option("--text-file", options->text_file, "A file that holds it; -: the standard input");
  source->require_option(1);
  command
      ->add_option("--loss", options->loss,
                   "Which steps the loss is the sum of: all, last, or a step's number")
      ->capture_default_str();
  command->add_option("--label", options->label,
                      "The right class, of a model that tells classes instead of the next character");
  command->add_flag("--double", options->as_double, "Compute in double precision");
  command->add_option("--out", options->out, "The JSON file to write")->required();
  command->callback([options, &action] {
    action = [options] { return options->as_double ? trace<double>(*options) : trace<float>(*options); };
  });
}

}  // namespace gatescope::app
