#include "core/session/read_probe.h"

#include <algorithm>

#include "core/error.h"
#include "core/experiment/memory.h"
#include "core/nn/generate.h"
#include "core/observe/observe.h"
#include "core/task/vocabulary.h"
#include "core/utf8.h"

namespace gatescope::session {
namespace {

constexpr Index kUsualLength = 96;  // characters of a probe nobody typed
constexpr int kUsualEntries = 32;   // of a vocabulary whose model cannot write
constexpr Index kWritten = 90;      // characters a model writes after the probe
constexpr double kTemperature = 0.6;

/// A network of its own with these parameters, which stays as it is while the other one learns on.
std::shared_ptr<nn::Network<float>> copy_of(const nn::Network<float>& network) {
  auto copy = std::make_shared<nn::Network<float>>(network.spec(), network.interface());
  copy->parameters() = network.parameters();
  copy->prepare_all();
  return copy;
}

/// The characters that follow. Both of one network, natural and forced, draw the same random numbers.
std::string written(const nn::Network<float>& network, const task::Vocabulary& vocabulary,
                    std::span<const int> prompt, std::uint64_t seed, trace::Watch* watch) {
  if (network.spec().bidirectional) return {};
  nn::Generator generator(network);
  for (const int character : prompt) {
    generator.read(character);
    if (watch) watch->pass();
  }
  Rng rng{seed, 0x77u};
  std::vector<int> text;
  for (Index n = 0; n < kWritten; ++n) {
    text.push_back(generator.draw(kTemperature, rng));
    generator.read(text.back());
  }
  return vocabulary.decode(text);
}

/// 1000000 as "1,000,000".
std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::ptrdiff_t at = std::ssize(text) - 3; at > 0; at -= 3)
    text.insert(static_cast<std::size_t>(at), 1, ',');
  return text;
}

std::int64_t characters_in(std::string_view utf8) {
  return std::ranges::count_if(utf8, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
}

/// The probe in numbers.
struct Read {
  observe::Stimulus stimulus;
  std::vector<int> characters;  // all that is read and predicted; empty for values
  Index steps = 0;
};

Read read(const observe::Alphabet& alphabet, const task::Vocabulary& vocabulary, const task::Task* task,
          const Probe& probe) {
  if (!alphabet.reads_text) {
    observe::Pair sequence = task::held_out_sequence(*task, probe.sequence);
    const std::size_t steps =
        std::max({sequence.tokens.size(), sequence.targets.size(), sequence.expected.size()});
    return {sequence, sequence.tokens, static_cast<Index>(steps)};
  }
  const bool next = alphabet.outcome->of_input;
  observe::Text text{
      vocabulary.encode(decode_utf8(probe.text, InvalidUtf8::error, "the probe"), "the probe")};
  if (text.characters.empty() || (next && text.characters.size() < 2)) {
    fail("the probe has {}, expected {}", text.characters.empty() ? "no characters" : "one character",
         next ? "two characters or more: each predicts the next" : "one or more");
  }
  return {text, text.characters, std::ssize(text.characters) - (next ? 1 : 0)};
}

/// The loss of one step alone; of a sequence with nothing expected there that of all its steps.
trace::LossAt loss_of(const Read& read, int step) {
  const auto* sequence = std::get_if<observe::Pair>(&read.stimulus);
  if (sequence && !sequence->expects(step)) return {};
  return {trace::LossAt::Kind::step, step};
}

}  // namespace

ProbeCost probe_cost(std::span<const ProbedModel> models, Index steps, bool loss_step) {
  ProbeCost cost;
  for (const ProbedModel& model : models) {
    const nn::ModelSpec& spec = model.network->spec();
    const double traces = (model.rules.empty() ? 1 : 2) * (loss_step ? 2 : 1);
    cost.bytes += traces * experiment::memory_of_trace(spec, model.network->interface(), steps, model.rules,
                                                       sizeof(float));
    cost.products +=
        traces * 3 * static_cast<double>(model.network->table().size()) * static_cast<double>(steps);
  }
  return cost;
}

void check_probe(std::span<const ProbedModel> models, const Probe& probe) {
  const std::int64_t characters = characters_in(probe.text);
  if (characters < 2) return;  // reading it says so
  const double bytes = probe_cost(models, characters - 1, probe.loss_step.has_value()).bytes;
  if (characters > kLongestProbe) {
    fail(
        "this probe of {} characters would take about {:.1f} GB of memory; the longest that is read has {}: "
        "choose a part of it",
        grouped(characters), bytes / 1e9, grouped(kLongestProbe));
  }
  experiment::check_memory(bytes, "a shorter probe or fewer units",
                           fmt::format("this probe of {} characters", grouped(characters)));
}

std::string usual_text(const observe::Alphabet& alphabet, const task::Task* task,
                       const nn::Network<float>& first) {
  if (!alphabet.reads_text) return {};
  const task::Vocabulary vocabulary(alphabet.inputs);
  std::vector<int> tokens;
  if (task) {
    task::Batch batch;
    for (std::uint64_t update = 0; std::ssize(tokens) < kUsualLength; ++update) {
      task->training_batch(update, batch);
      if (update > 0 && !batch.continues) break;
      for (Index t = 0; t < batch.steps && std::ssize(tokens) < kUsualLength; ++t)
        tokens.push_back(batch.tokens[static_cast<std::size_t>(t * batch.size)]);
    }
    if (tokens.size() < 2) tokens.push_back(batch.classes[0]);
    return vocabulary.decode(tokens);
  }
  if (first.spec().bidirectional || !alphabet.outcome->of_input) {  // it cannot write
    for (int n = 0; n < std::min<int>(vocabulary.size(), kUsualEntries); ++n) tokens.push_back(n);
    return vocabulary.decode(tokens);
  }
  std::vector<int> prompt;
  if (const int line_break = vocabulary.find(U'\n'); line_break >= 0) prompt.push_back(line_break);
  return vocabulary.decode(nn::generate(first, prompt, kUsualLength, kTemperature, Rng{1}));
}

Readings read_probe(std::span<const ProbedModel> models, const observe::Alphabet& alphabet,
                    const task::Task* task, Probe probe, std::uint64_t seed, bool writing,
                    trace::Watch* watch) {
  Readings readings;
  const task::Vocabulary vocabulary(alphabet.inputs);
  const Read what = read(alphabet, vocabulary, task, probe);
  for (const int character : what.characters) readings.characters.push_back(alphabet.input(character));
  if (probe.loss_step && (*probe.loss_step < 0 || *probe.loss_step >= what.steps))
    probe.loss_step = static_cast<int>(what.steps) - 1;  // the text became shorter
  check_probe(models, probe);

  const bool writes = writing && alphabet.outcome->of_input;
  if (watch) {
    double passes = 0;
    for (const ProbedModel& model : models) {
      const double traces = (model.rules.empty() ? 1 : 2) * (probe.loss_step ? 2 : 1);
      passes += traces * trace::kPassesOfTrace;
      if (writes && !model.network->spec().bidirectional) passes += model.rules.empty() ? 1 : 2;
    }
    watch->expect(static_cast<std::int64_t>(passes * static_cast<double>(what.steps)));
  }
  for (const ProbedModel& probed : models) {
    const observe::Model<float> model{probed.name, copy_of(*probed.network), alphabet};
    const auto write = [&] {
      return writes ? written(*model.network, vocabulary, what.characters, seed, watch) : std::string();
    };
    Writing& text = readings.writes.emplace_back();
    if (!probed.rules.empty()) text.natural = write();
    readings.observations.push_back(
        observe::observe(model, what.stimulus, probed.rules, {}, {.watch = watch}));
    if (probe.loss_step) {
      readings.at_step.push_back(observe::observe(model, what.stimulus, probed.rules,
                                                  loss_of(what, *probe.loss_step), {.watch = watch}));
    }
    text.text = write();
  }
  if (readings.characters.empty() && !readings.observations.empty()) {
    for (Index t = 0; t < what.steps; ++t)
      readings.characters.push_back(readings.observations.front().read(t));
  }
  readings.probe = std::move(probe);
  return readings;
}

}  // namespace gatescope::session
