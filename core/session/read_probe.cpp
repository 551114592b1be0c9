#include "core/session/read_probe.h"

#include "core/error.h"
#include "core/nn/generate.h"
#include "core/task/utf8.h"
#include "core/task/vocabulary.h"

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
                    std::span<const int> prompt, std::uint64_t seed) {
  if (network.spec().bidirectional) return {};
  return vocabulary.decode(nn::generate(network, prompt, kWritten, kTemperature, Rng{seed, 0x77u}));
}

void check_memory(std::span<const ProbedModel> models, Index steps, int traces) {
  double bytes = 0;
  for (const ProbedModel& model : models) {
    bytes += traces * experiment::memory_needed(model.network->spec(), model.network->interface(), steps, 1);
  }
  experiment::check_memory(bytes, "a shorter probe or fewer units");
}

/// Traces of one probe by one model, with its rules in force or without.
class Reader {
 public:
  Reader(const Alphabet& alphabet, task::Sequence sequence, std::optional<int> loss_step)
      : reads_text_(alphabet.reads_text), sequence_(std::move(sequence)), loss_step_(loss_step) {}

  trace::TextTrace<float> read(const nn::Network<float>& network) const {
    if (reads_text_) return trace::trace_text<float>(network, sequence_.tokens);
    return trace::trace_sequence<float>(network, sequence_.tokens, sequence_.classes);
  }

  std::optional<trace::TextTrace<float>> read_at_step(const nn::Network<float>& network) const {
    if (!loss_step_) return std::nullopt;
    if (reads_text_) {
      return trace::trace_text<float>(network, sequence_.tokens, {trace::LossAt::Kind::step, *loss_step_});
    }
    return read(network);  // a labelled sequence has its loss at the steps that are scored
  }

 private:
  bool reads_text_;
  task::Sequence sequence_;
  std::optional<int> loss_step_;
};

}  // namespace

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
                    Probe probe, std::uint64_t seed, bool writing) {
  Readings readings;
  const task::Vocabulary vocabulary(alphabet.vocabulary);
  task::Sequence sequence;
  if (alphabet.reads_text) {
    sequence.tokens =
        vocabulary.encode(task::decode_utf8(probe.text, task::InvalidUtf8::error, "the probe"), "the probe");
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
  const bool forced = std::ranges::any_of(models, [](const auto& model) { return !model.rules.empty(); });
  check_memory(models, steps, (forced ? 2 : 1) * (probe.loss_step ? 2 : 1));

  const Reader reader(alphabet, sequence, probe.loss_step);
  for (const ProbedModel& model : models) {
    Reading& reading = readings.models.emplace_back();
    const auto network = copy_of(*model.network);
    const bool writes = writing && alphabet.next_character;
    if (!model.rules.empty()) {
      reading.natural = reader.read(*network);
      reading.natural_at_step = reader.read_at_step(*network);
      if (writes) reading.writes_natural = written(*network, vocabulary, sequence.tokens, seed);
      network->force(model.rules);
    }
    reading.text = reader.read(*network);
    reading.at_step = reader.read_at_step(*network);
    if (writes) reading.writes = written(*network, vocabulary, sequence.tokens, seed);
    reading.network = network;
  }

  for (std::size_t m = 0; m < models.size(); ++m) {
    const Reading& reading = readings.models[m];
    figure::Subject subject;
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
