#include "core/session/read_probe.h"

#include <algorithm>
#include <limits>

#include "core/error.h"
#include "core/experiment/memory.h"
#include "core/nn/generate.h"
#include "core/observe/observe.h"
#include "core/task/vocabulary.h"
#include "core/utf8.h"

namespace gatescope::session {
namespace {

constexpr Index kUsualLength = 96;  // characters of a probe nobody typed
constexpr int kUsualPair = 6;       // characters of a source nobody typed
constexpr int kUsualEntries = 32;   // of a vocabulary whose model cannot write
constexpr Index kWritten = 90;      // characters a model writes after the probe
constexpr double kTemperature = 0.6;
constexpr Index kFewestSteps = 16;  // of a piece, however wide the model

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

Read read(const observe::Alphabet& alphabet, const task::Task* task, const Probe& probe,
          const OwnModel& first) {
  if (probe.given || !alphabet.reads_text) {
    const nn::Interface& interface = first.network->interface();
    observe::Pair sequence = !probe.given && task
                                 ? task::held_out_sequence(*task, probe.sequence)
                                 : observe::numbers_of(probe.given.value_or(observe::impulse(interface)),
                                                       alphabet, interface, first.name);
    const std::size_t steps = std::max({sequence.tokens.size(), sequence.targets.size(),
                                        sequence.values.size() / static_cast<std::size_t>(interface.inputs)});
    return {sequence, sequence.tokens, static_cast<Index>(steps)};
  }
  const task::Vocabulary vocabulary(alphabet.inputs);
  const bool next = alphabet.outcome->of_input;
  observe::Text text{
      vocabulary.encode(decode_utf8(probe.text, InvalidUtf8::error, "the probe"), "the probe")};
  if (text.characters.empty() || (next && text.characters.size() < 2)) {
    fail("the probe has {}, expected {}", text.characters.empty() ? "no characters" : "one character",
         next ? "two characters or more: each predicts the next" : "one or more");
  }
  return {text, text.characters, std::ssize(text.characters) - (next ? 1 : 0)};
}

/// How many steps take so many multiplications, at so many a step.
Index steps_in(double products, double a_step) {
  constexpr double most = 1e12;
  return std::max(kFewestSteps, static_cast<Index>(std::min(most, products / a_step)));
}

/// The loss of one step alone; of a sequence with nothing expected there that of all its steps.
trace::LossAt loss_of(const Read& read, int step) {
  const auto* sequence = std::get_if<observe::Pair>(&read.stimulus);
  if (sequence && !sequence->expects(step)) return {};
  return {trace::LossAt::Kind::step, step};
}

}  // namespace

std::shared_ptr<nn::Network<float>> copy_of(const nn::Network<float>& network) {
  auto copy = std::make_shared<nn::Network<float>>(network.spec(), network.interface());
  copy->parameters() = network.parameters();
  return copy;
}

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
  const std::int64_t characters = probe.given ? probe.given->steps() : characters_in(probe.text);
  const std::string_view unit = probe.given ? "steps" : "characters";
  if (characters < 2) return;  // reading it says so
  const double bytes =
      probe_cost(models, characters - (probe.given ? 0 : 1), probe.loss_step.has_value()).bytes;
  if (characters > kLongestProbe) {
    fail(
        "this probe of {} {} would take about {:.1f} GB of memory; the longest that is read has {}: "
        "choose a part of it",
        grouped(characters), unit, bytes / 1e9, grouped(kLongestProbe));
  }
  experiment::check_memory(bytes, "a shorter probe or fewer units",
                           fmt::format("this probe of {} {}", grouped(characters), unit));
}

/// A pair that was not learnt, where that is known, else some characters as a source.
static std::string usual_pair(const observe::Alphabet& alphabet, const task::Vocabulary& vocabulary) {
  std::vector<int> tokens;
  if (alphabet.pairs) {
    const observe::Pair pair = task::held_out_sequence(*alphabet.pairs, 0);
    tokens = pair.tokens;
  } else {
    for (int n = nn::kEnd + 1; n < std::min<int>(vocabulary.size(), nn::kEnd + 1 + kUsualPair); ++n)
      tokens.push_back(n);
  }
  return vocabulary.decode(tokens);
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
        tokens.push_back(batch.tokens[t * batch.size]);
    }
    if (tokens.size() < 2) tokens.push_back(batch.classes[0]);
    return vocabulary.decode(tokens);
  }
  if (first.interface().pairs) return usual_pair(alphabet, vocabulary);
  if (first.spec().bidirectional || !alphabet.outcome->of_input) {  // it cannot write
    for (int n = 0; n < std::min<int>(vocabulary.size(), kUsualEntries); ++n) tokens.push_back(n);
    return vocabulary.decode(tokens);
  }
  std::vector<int> prompt;
  if (const int line_break = vocabulary.find(U'\n'); line_break >= 0) prompt.push_back(line_break);
  return vocabulary.decode(nn::generate(first, prompt, kUsualLength, kTemperature, Rng{1}));
}

/// The characters that follow. Both of one network, natural and forced, draw the same random numbers.
struct ProbeReader::Writer {
  Writer(const nn::Network<float>& network, std::uint64_t seed) : generator(network), rng{seed, 0x77u} {}

  nn::Generator generator;
  Rng rng;
  std::size_t read = 0;  // of the prompt
  std::vector<int> text;
};

ProbeReader::ProbeReader(std::vector<OwnModel> models, observe::Alphabet alphabet, const task::Task* task,
                         Probe probe, std::uint64_t seed, bool writing, trace::Watch* watch)
    : models_(std::move(models)), alphabet_(std::move(alphabet)), seed_(seed), watch_(watch) {
  Read what = read(alphabet_, task, probe, models_.front());
  for (const int character : what.characters) readings_.characters.push_back(alphabet_.input(character));
  if (probe.loss_step && (*probe.loss_step < 0 || *probe.loss_step >= what.steps))
    probe.loss_step = static_cast<int>(what.steps) - 1;  // the text became shorter
  std::vector<ProbedModel> costs;
  for (const OwnModel& model : models_) costs.push_back({model.name, model.network.get(), model.rules});
  check_probe(costs, probe);
  writing_ = writing && alphabet_.outcome->of_input;
  if (watch_) {
    double passes = 0;
    for (const OwnModel& model : models_) {
      const double traces = (model.rules.empty() ? 1 : 2) * (probe.loss_step ? 2 : 1);
      passes += traces * trace::kPassesOfTrace;
      if (writing_ && !model.network->spec().bidirectional) passes += model.rules.empty() ? 1 : 2;
    }
    watch_->expect(static_cast<std::int64_t>(passes * static_cast<double>(what.steps)));
  }
  if (probe.loss_step) loss_ = loss_of(what, *probe.loss_step);
  stimulus_ = std::move(what.stimulus);
  characters_ = std::move(what.characters);
  steps_ = what.steps;
  readings_.probe = std::move(probe);
}

ProbeReader::~ProbeReader() = default;

bool ProbeReader::advance(double products) {
  if (model_ == models_.size()) return false;
  const auto a_step = static_cast<double>(models_[model_].network->table().size());
  for (const std::size_t model = model_; model_ == model && products > 0;) {
    const Index steps = steps_in(products, a_step);
    products -= a_step * static_cast<double>(std::min(steps, steps_));
    if (do_part(steps)) continue;
    part_ = static_cast<Part>(static_cast<int>(part_) + 1);
    if (part_ != Part::next) continue;
    part_ = Part::prepare;
    ++model_;
  }
  if (model_ < models_.size()) return true;
  if (readings_.characters.empty() && !readings_.observations.empty()) {
    for (Index t = 0; t < steps_; ++t) readings_.characters.push_back(readings_.observations.front().read(t));
  }
  return false;
}

/// False: that was the last piece of it.
bool ProbeReader::do_part(Index steps) {
  const OwnModel& model = models_[model_];
  switch (part_) {
    case Part::prepare:
      if (prepared_ == 0) readings_.writes.emplace_back();
      model.network->prepare(prepared_++);
      if (prepared_ < model.network->pieces()) return true;
      prepared_ = 0;
      return false;
    case Part::write_naturally:
      return !model.rules.empty() && write(steps, readings_.writes.back().natural);
    case Part::observe:
      if (!observing_) begin_observing({});
      if (observing_->advance(steps)) return true;
      readings_.observations.push_back(observing_->take());
      take_own_target(readings_.observations.back());
      break;
    case Part::observe_loss:
      if (!readings_.probe.loss_step) return false;
      if (!observing_) begin_observing(loss_);
      if (observing_->advance(steps)) return true;
      readings_.at_step.push_back(observing_->take());
      break;
    case Part::write:
      return write(steps, readings_.writes.back().text);
    case Part::next:
      break;
  }
  observing_.reset();
  return false;
}

/// What the first model made of a source alone is what all models read.
void ProbeReader::take_own_target(const observe::Observation<float>& observation) {
  if (!observe::is_source_alone(stimulus_, observation.network->interface())) return;
  stimulus_ = observe::Pair(*observation.sequence);
  loss_ = {};
  steps_ = observation.steps();
  readings_.characters.clear();  // they are told of the observation
}

void ProbeReader::begin_observing(const trace::LossAt& loss) {
  const OwnModel& model = models_[model_];
  observing_.emplace(observe::Model<float>{model.name, model.network, alphabet_}, stimulus_, model.rules,
                     loss, observe::Options{.watch = watch_});
}

bool ProbeReader::write(Index steps, std::string& to) {
  const nn::Network<float>& network = *models_[model_].network;
  if (!writing_ || network.spec().bidirectional) return false;
  if (!writer_) writer_ = std::make_unique<Writer>(network, seed_);
  for (; steps > 0 && writer_->read < characters_.size(); --steps) {
    writer_->generator.read(characters_[writer_->read++]);
    if (watch_) watch_->pass();
  }
  for (; steps > 0 && std::ssize(writer_->text) < kWritten; --steps) {
    writer_->text.push_back(writer_->generator.draw(kTemperature, writer_->rng));
    writer_->generator.read(writer_->text.back());
  }
  if (std::ssize(writer_->text) < kWritten) return true;
  to = task::Vocabulary(alphabet_.inputs).decode(writer_->text);
  writer_.reset();
  return false;
}

Readings read_probe(std::span<const ProbedModel> models, const observe::Alphabet& alphabet,
                    const task::Task* task, Probe probe, std::uint64_t seed, bool writing,
                    trace::Watch* watch) {
  std::vector<OwnModel> own;
  for (const ProbedModel& model : models) own.push_back({model.name, copy_of(*model.network), model.rules});
  ProbeReader reader(std::move(own), alphabet, task, std::move(probe), seed, writing, watch);
  while (reader.advance(std::numeric_limits<double>::infinity())) {
  }
  return reader.take();
}

}  // namespace gatescope::session
