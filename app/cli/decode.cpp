#include "core/nn/decode.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/cli/cli.h"
#include "app/cli/idle_rules.h"
#include "app/cli/model_options.h"
#include "app/cli/numbers.h"
#include "app/platform/output.h"
#include "core/error.h"
#include "core/files.h"
#include "core/in_quotes.h"
#include "core/nn/decoder_rules.h"
#include "core/utf8.h"

namespace gatescope::app {
namespace {

using nlohmann::json;

struct DecodeOptions {
  ModelOptions model;
  std::vector<std::string> sources;
  Index beam = 1, longest = 200;
  std::string json;
};

/// The source's symbols; throws Error for a character that the model does not know.
std::vector<int> symbols_of(const std::string& source, const std::vector<std::string>& vocabulary) {
  std::vector<int> symbols;
  for (const char32_t c : decode_utf8(source, InvalidUtf8::error, "the source")) {
    const auto place = std::ranges::find(vocabulary, encode_utf8(c));
    if (place == vocabulary.end() || place - vocabulary.begin() <= nn::kEnd)
      fail("the source {} has {}, which the model does not know", in_quotes(source),
           in_quotes(display_character(c)));
    symbols.push_back(static_cast<int>(place - vocabulary.begin()));
  }
  return symbols;
}

/// The steps at which a target was told, from the sign that it begins with to its last symbol.
nn::StepsRead steps_told(const std::vector<int>& source, Index longest, const nn::ModelSpec& spec) {
  return spec.decoder ? nn::StepsRead{std::ssize(source), longest + 1}
                      : nn::StepsRead{std::ssize(source) + longest + 1, 0};
}

int decode(const DecodeOptions& options) {
  const checkpoint::ModelFile file = options.model.load();
  if (!file.interface.pairs)
    usage("'{}' learnt no pairs of a source and a target: only a model of such a task can write targets",
          options.model.model);
  nn::Network<float> network = checkpoint::make_network<float>(file);
  const std::vector<nn::ForceRule> rules = options.model.force_on(network);
  for (const nn::ForceRule& rule : rules)
    if (rule.channel == nn::kFeed && rule.shift == 0)
      usage("--force {}: there is no truth that could be read, expected a pair in evaluate, trace or figure",
            nn::to_string(rule));
  std::vector<nn::StepsRead> read;
  json all = json::array();
  for (const std::string& source : options.sources) {
    const std::vector<int> symbols = symbols_of(source, file.vocabulary);
    json found = json::array();
    bool first = true;
    Index longest = 0;
    for (const nn::Decoded& one : nn::search(network, symbols, options.longest, options.beam)) {
      longest = std::max(longest, std::ssize(one.target));
      std::string target;
      for (const int symbol : one.target) target += file.vocabulary[static_cast<std::size_t>(symbol)];
      if (options.beam > 1) {
        if (std::exchange(first, false)) print("{}\n", source);
        print("  {:8.3f}  {}{}\n", one.log_probability, target, one.ended ? "" : " ...");
      } else {
        print("{}{}\n", target, one.ended ? "" : " ...");
      }
      found.push_back({{"target", target}, {"ended", one.ended}, {"log_probability", one.log_probability}});
    }
    read.push_back(steps_told(symbols, longest, network.spec()));
    all.push_back({{"source", source}, {"found", std::move(found)}});
  }
  tell_idle_rules(rules, network.spec(), read);
  if (!options.json.empty()) write_file(options.json, all.dump(1) + "\n");
  return 0;
}

}  // namespace

void add_decode(CLI::App& program, Action& action) {
  CLI::App* command = program.add_subcommand(
      "decode", "Write the targets of sources with a model of pairs, greedily or by beam search");
  auto options = std::make_shared<DecodeOptions>();
  options->model.add_to(*command);
  command->add_option("source", options->sources, "The sources, each in quotes")->required();
  command
      ->add_option("--beam", options->beam,
                   "How many beginnings go on at every step; 1: the likeliest symbol alone")
      ->transform(whole_number<Index>())
      ->check(CLI::Range(1, 100));
  command->add_option("--longest", options->longest, "Symbols of a target at most")
      ->transform(whole_number<Index>())
      ->check(CLI::Range(1, 10000));
  command->add_option("--json", options->json, "Write it to this file, too");
  command->callback([options, &action] { action = [options] { return decode(*options); }; });
}

}  // namespace gatescope::app
