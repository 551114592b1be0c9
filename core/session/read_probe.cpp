#include "core/session/read_probe.h"

#include <algorithm>

#include "core/error.h"
#include "core/experiment/memory.h"
#include "core/nn/generate.h"
#include "core/task/vocabulary.h"
#include "core/utf8.h"

namespace gatescope::session {
namespace {

constexpr Index kUsualLength = 96;  // characters of a probe nobody typed
constexpr int kUsualEntries = 32;   // of a vocabulary whose model cannot write
constexpr Index kWritten = 90;      // characters a model writes after the probe
constexpr double kTemperature = 0.6;

std::vector<std::string> names_of(const std::vector<int>& numbers, const std::vector<std::string>& names) {
  std::vector<std::string> result;
  result.reserve(numbers.size());
  for (const int number : numbers) result.push_back(names.at(static_cast<std::size_t>(number)));
  return result;
}

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

/// Traces of one probe by one model, with its rules in force or without.
class Reader {
 public:
  Reader(const Alphabet& alphabet, task::Sequence sequence, std::optional<int> loss_step, trace::Watch* watch)
      : reads_text_(alphabet.reads_text),
        sequence_(std::move(sequence)),
        loss_step_(loss_step),
        watch_(watch) {}

  trace::TextTrace<float> read(const nn::Network<float>& network) const {
    if (reads_text_) return trace::trace_text(network, sequence_.tokens, {}, watch_);
    return trace::trace_sequence<float>(network, sequence_.tokens, sequence_.classes);
  }

  std::optional<trace::TextTrace<float>> read_at_step(const nn::Network<float>& network) const {
    if (!loss_step_) return std::nullopt;
    if (reads_text_) {
      return trace::trace_text(network, sequence_.tokens, {trace::LossAt::Kind::step, *loss_step_}, watch_);
    }
    return read(network);  // a labelled sequence has its loss at the steps that are scored
  }

 private:
  bool reads_text_;
  task::Sequence sequence_;
  std::optional<int> loss_step_;
  trace::Watch* watch_;
};

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

std::string usual_text(const Alphabet& alphabet, const task::Task* task, const nn::Network<float>& first) {
  if (!alphabet.reads_text) return {};
  const task::Vocabulary vocabulary(alphabet.vocabulary);
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
  if (first.spec().bidirectional || !alphabet.next_character) {  // it cannot write
    for (int n = 0; n < std::min<int>(vocabulary.size(), kUsualEntries); ++n) tokens.push_back(n);
    return vocabulary.decode(tokens);
  }
  std::vector<int> prompt;
  if (const int line_break = vocabulary.find(U'\n'); line_break >= 0) prompt.push_back(line_break);
  return vocabulary.decode(nn::generate(first, prompt, kUsualLength, kTemperature, Rng{1}));
}

Readings read_probe(std::span<const ProbedModel> models, const Alphabet& alphabet, const task::Task* task,
                    Probe probe, std::uint64_t seed, bool writing, trace::Watch* watch) {
  Readings readings;
  const task::Vocabulary vocabulary(alphabet.vocabulary);
  task::Sequence sequence;
  if (alphabet.reads_text) {
    sequence.tokens =
        vocabulary.encode(decode_utf8(probe.text, InvalidUtf8::error, "the probe"), "the probe");
    if (sequence.tokens.empty() || (alphabet.next_character && sequence.tokens.size() < 2)) {
      fail("the probe has {}, expected {}", sequence.tokens.empty() ? "no characters" : "one character",
           alphabet.next_character ? "two characters or more: each predicts the next" : "one or more");
    }
  } else {
    sequence = task::held_out_sequence(*task, probe.sequence);
  }
  const Index steps = std::ssize(sequence.tokens) - (alphabet.next_character ? 1 : 0);
  readings.characters = names_of(sequence.tokens, alphabet.vocabulary);
  if (probe.loss_step && (*probe.loss_step < 0 || *probe.loss_step >= steps))
    probe.loss_step = static_cast<int>(steps) - 1;  // the text became shorter
  check_probe(models, probe);

  const bool writes = writing && alphabet.next_character;
  if (watch) {
    double passes = 0;
    for (const ProbedModel& model : models) {
      const double traces = (model.rules.empty() ? 1 : 2) * (probe.loss_step ? 2 : 1);
      passes += traces * trace::kPassesOfTrace;
      if (writes && !model.network->spec().bidirectional) passes += model.rules.empty() ? 1 : 2;
    }
    watch->expect(static_cast<std::int64_t>(passes * static_cast<double>(steps)));
  }
  const Reader reader(alphabet, sequence, probe.loss_step, watch);
  for (const ProbedModel& model : models) {
    Reading& reading = readings.models.emplace_back();
    const auto network = copy_of(*model.network);
    if (!model.rules.empty()) {
      reading.natural = reader.read(*network);
      reading.natural_at_step = reader.read_at_step(*network);
      if (writes) reading.writes_natural = written(*network, vocabulary, sequence.tokens, seed, watch);
      network->force(model.rules);
    }
    reading.text = reader.read(*network);
    reading.at_step = reader.read_at_step(*network);
    if (writes) reading.writes = written(*network, vocabulary, sequence.tokens, seed, watch);
    reading.network = network;
  }

  for (std::size_t m = 0; m < models.size(); ++m) {
    const Reading& reading = readings.models[m];
    views::Subject subject;
    subject.name = models[m].name;
    subject.network = reading.network.get();
    subject.vocabulary = alphabet.vocabulary;
    if (!alphabet.next_character) subject.classes = alphabet.classes;
    subject.text = &reading.text;
    subject.natural = reading.natural ? &*reading.natural : nullptr;
    subject.rules = models[m].rules;
    readings.subjects.push_back(subject);
    if (!reading.at_step) continue;
    subject.text = &*reading.at_step;
    subject.natural = reading.natural_at_step ? &*reading.natural_at_step : nullptr;
    readings.subjects_at_step.push_back(std::move(subject));
  }
  readings.probe = std::move(probe);
  return readings;
}

}  // namespace gatescope::session
