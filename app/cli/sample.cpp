#include <memory>

#include "app/cli/cli.h"
#include "app/cli/model_options.h"
#include "app/cli/output.h"
#include "core/nn/generate.h"

namespace gatescope::app {
namespace {

struct Options {
  ModelOptions model;
  std::string prompt;
  Index length = 400;
  double temperature = 0.8;
  std::uint64_t seed = 1;
};

int sample(const Options& options) {
  if (options.length < 0 || options.length > 100'000'000) {
    usage("--length {} is impossible, expected 0 to 100000000", options.length);
  }
  if (!(options.temperature >= 0 && options.temperature <= 1000)) {
    usage("--temperature {} is impossible, expected 0 (the likeliest character) to 1000",
          options.temperature);
  }
  const checkpoint::ModelFile file = options.model.load();
  nn::Network<float> network = checkpoint::make_network<float>(file);
  options.model.force_on(network);
  const auto prompt = options.model.encode(file, options.prompt, "--prompt");
  const auto text = nn::generate(network, prompt, options.length, options.temperature, Rng{options.seed});
  const std::string written = options.prompt + task::Vocabulary(file.vocabulary).decode(text) + "\n";
  // Into a file or a pipe as it is; a terminal would obey what is no text in it.
  output_is_terminal() ? print_lines(written) : print_raw(written);
  return 0;
}

}  // namespace

void add_sample(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("sample", "Let a model write text");
  auto options = std::make_shared<Options>();
  options->model.add_to(*command);
  command->add_option("--prompt", options->prompt, "Text that the model reads first");
  command->add_option("--length", options->length, "Characters to write")->capture_default_str();
  command
      ->add_option("--temperature", options->temperature,
                   "Below 1: safer, above: wilder; 0: the likeliest character")
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Seed of the draws")->capture_default_str();
  command->callback([options, &action] { action = [options] { return sample(*options); }; });
}

}  // namespace gatescope::app
