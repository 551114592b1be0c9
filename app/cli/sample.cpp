#include <memory>

#include "app/cli/cli.h"
#include "app/cli/model_options.h"
#include "app/cli/output.h"
#include "core/files.h"
#include "core/nn/generate.h"

namespace gatescope::app {
namespace {

struct Options {
  ModelOptions model;
  std::string prompt, prompt_file;
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
  check_one_standard_input({{"--prompt-file", options.prompt_file}, {"--vocab", options.model.vocabulary}});
  const std::string origin = options.prompt_file.empty() ? "--prompt" : input_name(options.prompt_file);
  const std::string given = options.prompt_file.empty() ? options.prompt : read_input(options.prompt_file);
  const checkpoint::ModelFile file = options.model.load();
  nn::Network<float> network = checkpoint::make_network<float>(file);
  options.model.force_on(network);
  const auto prompt = options.model.encode(file, given, origin);
  const auto text = nn::generate(network, prompt, options.length, options.temperature, Rng{options.seed});
  const std::string written = given + task::Vocabulary(file.vocabulary).decode(text, given) + "\n";
  // Into a file or a pipe as it is; a terminal would obey what is no text in it.
  output_is_terminal() ? print_lines(written) : print_raw(written);
  return 0;
}

}  // namespace

void add_sample(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("sample", "Let a model write text");
  auto options = std::make_shared<Options>();
  options->model.add_to(*command);
  auto* prompt = command->add_option("--prompt", options->prompt, "Text that the model reads first");
  command->add_option("--prompt-file", options->prompt_file, "A file that holds it; -: the standard input")
      ->excludes(prompt);
  command->add_option("--length", options->length, "Characters to write")->capture_default_str();
  command
      ->add_option("--temperature", options->temperature,
                   "Below 1: safer, above: wilder; 0: the likeliest character")
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Seed of the draws")->capture_default_str();
  command->callback([options, &action] { action = [options] { return sample(*options); }; });
}

}  // namespace gatescope::app
