#include <algorithm>
#include <memory>
#include <vector>

#include "app/cli/cli.h"
#include "app/cli/model_options.h"
#include "app/cli/numbers.h"
#include "app/cli/progress.h"
#include "app/platform/interrupt.h"
#include "app/platform/output.h"
#include "core/files.h"
#include "core/nn/generate.h"

namespace gatescope::app {
namespace {

struct SampleOptions {
  ModelOptions model;
  std::string prompt, prompt_file;
  Index length = 400;
  double temperature = 0.8;
  std::uint64_t seed = 1;
};

/// So many characters are written before somebody may see them.
constexpr Index kPiece = 256;

/// Into a file or a pipe as it is; a terminal would obey what is no text in it.
void say(const std::string& text) {
  output_is_terminal() ? print_lines(text) : print_raw(text);
  flush_output();
}

int sample(const SampleOptions& options) {
  check_one_standard_input({{"--prompt-file", options.prompt_file}, {"--vocab", options.model.vocabulary}});
  const std::string origin = options.prompt_file.empty() ? "--prompt" : input_name(options.prompt_file);
  const std::string given = options.prompt_file.empty() ? options.prompt : read_input(options.prompt_file);
  const checkpoint::ModelFile file = options.model.load();
  nn::Network<float> network = checkpoint::make_network<float>(file);
  options.model.force_on(network);
  const auto prompt = options.model.encode(file, given, origin);
  const task::Vocabulary vocabulary(file.vocabulary);
  nn::Generator generator(network);
  for (const int character : prompt) generator.read(character);
  say(given);

  const Interrupt interrupt;
  Progress progress(false);
  Rng rng{options.seed};
  std::vector<int> piece;
  std::string before = given;  // words are parted from what stands before them
  Index written = 0;
  while (written < options.length && !interrupt.asked() && !output_failed()) {
    piece.clear();
    for (const Index end = std::min(options.length, written + kPiece); written < end; ++written) {
      piece.push_back(generator.draw(options.temperature, rng));
      generator.read(piece.back());
    }
    before = vocabulary.decode(piece, before);
    say(before);
    if (!output_is_terminal())
      progress.show(static_cast<double>(written) / static_cast<double>(options.length),
                    fmt::format("{} characters", written));
  }
  progress.clear();
  say("\n");
  if (written < options.length && !output_failed())
    fail("stopped after {} of {} characters", written, options.length);
  return 0;
}

}  // namespace

void add_sample(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand("sample", "Let a model write text");
  auto options = std::make_shared<SampleOptions>();
  options->model.add_to(*command);
  auto* prompt = command->add_option("--prompt", options->prompt, "Text that the model reads first");
  command->add_option("--prompt-file", options->prompt_file, "A file that holds it; -: the standard input")
      ->excludes(prompt);
  command->add_option("--length", options->length, "Characters to write")
      ->transform(whole_number<Index>(0, 100'000'000))
      ->capture_default_str();
  command
      ->add_option("--temperature", options->temperature,
                   "Below 1: safer, above: wilder; 0: the likeliest character")
      ->transform(decimal_number(0, 1000))
      ->capture_default_str();
  command->add_option("--seed", options->seed, "Seed of the draws")
      ->transform(whole_number<std::uint64_t>())
      ->capture_default_str();
  command->callback([options, &action] { action = [options] { return sample(*options); }; });
}

}  // namespace gatescope::app
