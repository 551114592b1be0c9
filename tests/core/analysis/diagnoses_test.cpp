// Diagnoses of models whose weights are set by hand, so that a diagnosis must be made or must not; every
// counterfactual is run once more by letting the model read the text under the rule.

#include "core/analysis/diagnoses.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/analysis/reach.h"
#include "core/train/trainer.h"
#include "tests/core/analysis/any_observation.h"
#include "tests/error_of.h"

namespace gatescope::analysis {
namespace {

using Observation = observe::Observation<double>;

/// A model of H units over the characters x, y, space and dot, all of whose parameters are 0 but those set.
class ByHand {
 public:
  enum Character { x, y, space, dot };
  enum Gate { i, f, g, o };  // blocks of an LSTM,
  enum GruGate { r, z, n };  // and of a GRU

  explicit ByHand(std::string_view cell, int hidden = 2) : hidden_(hidden) {
    network_ = std::make_shared<nn::Network<double>>(
        any_spec(cell, hidden), nn::Interface{nn::InputKind::characters, 4, nn::Readout::softmax, 4});
    for (double& p : network_->parameters()) p = 0;
  }
  /// Of every unit, or of one: what a character adds to a block's pre-activation, and its bias.
  ByHand& weight(int block, Character character, double value) {
    for (int u = 0; u < hidden_; ++u) at(0, block * hidden_ + u, character) = value;
    return *this;
  }
  ByHand& bias(int block, double value, int unit = -1) {
    for (int u = 0; u < hidden_; ++u)
      if (unit < 0 || u == unit) at(2, block * hidden_ + u, 0) = value;
    return *this;
  }
  /// The recurrent weight of each unit to itself.
  ByHand& recurrent(double value) {
    for (int u = 0; u < hidden_; ++u) at(1, u, u) = value;
    return *this;
  }
  /// What the sum of the hidden units adds to the logit of a character, each unit its part.
  ByHand& head(Character character, double value) {
    const nn::Parameter& head = *network_->table().find("head.weight");
    for (int u = 0; u < hidden_; ++u)
      network_->parameters()[head.offset + u * head.rows + character] = value / hidden_;
    return *this;
  }
  Observation read(const std::vector<int>& text, const std::vector<nn::ForceRule>& rules = {}) const {
    observe::Model<double> model;
    model.name = "the model";
    model.network = std::make_shared<nn::Network<double>>(network_->spec(), network_->interface());
    model.network->parameters() = network_->parameters();
    model.network->prepare_all();
    model.alphabet.inputs = {"x", "y", " ", "."};
    return observe::observe<double>(model, observe::Text{text}, rules, {});
  }

 private:
  double& at(int parameter, Index row, Index column) {
    const nn::Parameter& p =
        *network_->table().find(nn::parameter_name(network_->spec(), parameter, 0, false));
    return network_->parameters()[p.offset + column * p.rows + row];
  }

  int hidden_;
  std::shared_ptr<nn::Network<double>> network_;
};

/// An LSTM that remembers whether x or y came last and says so, whose forget gate has `keep` on the logistic
/// scale, at a space `at_space`.
ByHand remembering(double keep, double at_space, double open = 20) {
  ByHand model("lstm");
  model.bias(ByHand::i, -20).weight(ByHand::i, ByHand::x, 40).weight(ByHand::i, ByHand::y, 40);
  model.weight(ByHand::g, ByHand::x, 20).weight(ByHand::g, ByHand::y, -20);
  model.bias(ByHand::f, keep).weight(ByHand::f, ByHand::space, at_space - keep);
  model.bias(ByHand::o, open);
  return model.head(ByHand::x, 6).head(ByHand::y, -6);
}

const Diagnosis* diagnosed(const Diagnoses& all, std::string_view key) {
  for (const Diagnosis& one : all.found)
    if (one.key == key) return &one;
  return nullptr;
}
const NotDiagnosed* not_diagnosed(const Diagnoses& all, std::string_view key) {
  for (const NotDiagnosed& one : all.without)
    if (one.key == key) return &one;
  return nullptr;
}

double loss_at(const Observation& observation, Index step) {
  return observation.sequence->trace.loss[step];
}
double mean_bits(const Observation& observation) {
  return observation.sequence->trace.total_loss / static_cast<double>(observation.sequence->trace.scored) /
         std::log(2.0);
}
std::vector<nn::ForceRule> written(const Diagnosis& one) {
  std::vector<nn::ForceRule> rules;
  std::string text = one.counterfactual.rule;
  for (std::size_t at; !text.empty(); text = at == std::string::npos ? "" : text.substr(at + 2)) {
    at = text.find(", ");
    rules.push_back(nn::parse_force_rule(text.substr(0, at)));
  }
  return rules;
}
bool says(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// The counterfactual is what its written rule makes of the model that reads the text again.
template <class Read>
void expect_true(const Diagnosis& one, const Diagnoses& all, const Read& read, double tolerance = 1e-10) {
  SCOPED_TRACE(one.sentence);
  const Counterfactual& run = one.counterfactual;
  if (run.replaced) return;  // by another character: tested by itself
  const auto before = read({}), after = read(written(one));
  const auto value = [&](const auto& of) {
    if (one.key == "gradient") return reach(of, false, 8).tail.gone ? 0 : reach(of, false, 8).tail.ratio;
    if (run.measure.starts_with("probability"))
      return static_cast<double>(std::exp(-of.sequence->trace.loss[all.step]));
    return of.sequence->trace.total_loss / static_cast<double>(of.sequence->trace.scored) / std::log(2.0);
  };
  EXPECT_NEAR(run.before, value(before), tolerance);
  EXPECT_NEAR(run.after, value(after), tolerance);
  EXPECT_FALSE(one.sentence.empty() || one.title.empty() || one.quantity.name.empty());
}

TEST(Diagnoses, AForgetGateThatClosesAtASpaceErasedWhatWasNeeded) {
  const std::vector<int> text{ByHand::x, ByHand::dot, ByHand::space, ByHand::dot, ByHand::x};
  const ByHand model = remembering(20, -20);
  const auto read = [&](const std::vector<nn::ForceRule>& rules) { return model.read(text, rules); };
  const Diagnoses all = diagnoses(read({}), {}, {});
  EXPECT_EQ(all.step, 3);
  const Diagnosis* one = diagnosed(all, "erased");
  ASSERT_TRUE(one);
  EXPECT_TRUE(one->confirmed);
  EXPECT_EQ(one->counterfactual.rule, "f@2=1");
  EXPECT_EQ(one->view, "survival");
  EXPECT_EQ(one->step, 1);
  EXPECT_NEAR(one->quantity.value, 1, 1e-8);
  EXPECT_NEAR(one->counterfactual.before, 0.25, 1e-6);
  const double h = std::tanh(1.0), e = std::exp(6 * h);
  EXPECT_NEAR(one->counterfactual.after, e / (e + 1 / e + 2), 1e-6);
  EXPECT_EQ(
      one->sentence,
      "At step 2 (a space) the forget gate is below 0.3 in 2 of 2 units, and 100 % of the cell state is "
      "erased, "
      "100 % of what is gone of it by step 3. Held open at that step alone, the probability of ‘x’ at step 3 "
      "goes from 25 % to 98 %.");
  for (const Diagnosis& each : all.found) expect_true(each, all, read);
  EXPECT_EQ(all.found[0].confirmed, true) << "confirmed ones come first";
}

TEST(Diagnoses, AForgetGateThatStaysOpenErasedNothing) {
  const std::vector<int> text{ByHand::x, ByHand::dot, ByHand::space, ByHand::dot, ByHand::x};
  const Diagnoses all = diagnoses(remembering(20, 20).read(text), {}, {});
  EXPECT_FALSE(diagnosed(all, "erased"));
  const NotDiagnosed* none = not_diagnosed(all, "erased");
  ASSERT_TRUE(none);
  EXPECT_TRUE(none->applies);
  EXPECT_TRUE(says(none->why, "no step erases half of the cell state")) << none->why;
}

TEST(Diagnoses, WhatWasErasedIsNoCauseWhereNothingHangsOnIt) {
  const std::vector<int> text{ByHand::x, ByHand::dot, ByHand::space, ByHand::dot, ByHand::x};
  ByHand deaf = remembering(20, -20);
  deaf.head(ByHand::x, 0).head(ByHand::y, 0);
  const auto read = [&](const std::vector<nn::ForceRule>& rules) { return deaf.read(text, rules); };
  const Diagnoses all = diagnoses(read({}), {}, {});
  const Diagnosis* one = diagnosed(all, "erased");
  ASSERT_TRUE(one);
  EXPECT_FALSE(one->confirmed);
  EXPECT_TRUE(says(one->sentence, "stays at 25 %")) << one->sentence;
  EXPECT_TRUE(says(one->title, "not to blame"));
  const Diagnosis* unused = diagnosed(all, "unused");
  ASSERT_TRUE(unused);
  EXPECT_TRUE(unused->confirmed);
  EXPECT_EQ(unused->counterfactual.rule, "f=0");
  for (const Diagnosis& each : all.found) expect_true(each, all, read);
}

TEST(Diagnoses, AnInputGateThatHardlyOpensIsTooConservative) {
  // y comes last, but the gate hardly lets it in: what is said is x.
  std::vector<int> text(10, ByHand::dot);
  text[0] = ByHand::x;
  text[9] = ByHand::y;
  text.push_back(ByHand::y);
  ByHand shy = remembering(2, 2);
  shy.weight(ByHand::i, ByHand::y, 16);
  const auto read = [&](const std::vector<nn::ForceRule>& rules) { return shy.read(text, rules); };
  const Diagnoses all = diagnoses(read({}), {}, {});
  const Diagnosis* one = diagnosed(all, "conservative");
  ASSERT_TRUE(one);
  EXPECT_TRUE(one->confirmed) << one->sentence;
  EXPECT_EQ(one->counterfactual.rule, "i@9=1");
  // By hand: the x of step 0, nine times kept, and the y of step 9.
  const double keep = 1 / (1 + std::exp(-2.0)), old = std::pow(keep, 9), now = 1 / (1 + std::exp(4.0));
  EXPECT_NEAR(one->quantity.value, now / (old + now), 1e-6);
  for (const Diagnosis& each : all.found) expect_true(each, all, read);

  const Diagnoses open = diagnoses(remembering(2, 2).read(text), {}, {});
  EXPECT_FALSE(diagnosed(open, "conservative"));
  EXPECT_TRUE(says(not_diagnosed(open, "conservative")->why, "was written in the last 5 steps"));
}

TEST(Diagnoses, TheUpdateGatesBiasIsTooLowWhereMoreOfItLowersTheLoss) {
  const auto gru = [](double bias) {
    ByHand model("gru");
    model.bias(ByHand::z, bias).weight(ByHand::z, ByHand::x, -20 - bias);
    // What is to come, x or a dot, is the likelier the more of x is left.
    return model.weight(ByHand::n, ByHand::x, 20).head(ByHand::x, 6).head(ByHand::dot, 6);
  };
  const std::vector<int> text{ByHand::x,   ByHand::dot, ByHand::dot, ByHand::dot, ByHand::x,
                              ByHand::dot, ByHand::dot, ByHand::dot, ByHand::x};
  const auto read = [&](const std::vector<nn::ForceRule>& rules) { return gru(0.5).read(text, rules); };
  const Diagnoses all = diagnoses(read({}), {}, {});
  const Diagnosis* one = diagnosed(all, "bias");
  ASSERT_TRUE(one);
  EXPECT_TRUE(one->confirmed) << one->sentence;
  EXPECT_EQ(one->counterfactual.rule, "z~=*1+1");
  EXPECT_EQ(one->title, "The update gate’s bias is too low");
  EXPECT_NEAR(one->quantity.value, -1 / std::log(1 / (1 + std::exp(-0.5))), 1e-9);
  for (const Diagnosis& each : all.found) expect_true(each, all, read);

  const Diagnoses good = diagnoses(gru(9).read(text), {}, {});
  EXPECT_FALSE(diagnosed(good, "bias"));
  EXPECT_TRUE(says(not_diagnosed(good, "bias")->why, "Raised by 1, the mean loss") ||
              says(not_diagnosed(good, "bias")->why, "Lowered by 1, the mean loss"));
}

TEST(Diagnoses, ASaturatedTanhThatIsTooSureAndOneThatIsUsed) {
  const auto rnn = [](double size, double says_x) {
    ByHand model("rnn");
    model.weight(0, ByHand::x, size).weight(0, ByHand::y, -size);
    return model.head(ByHand::x, says_x).head(ByHand::y, -says_x);
  };
  // After x comes y as often as x, but the model says x after x.
  const std::vector<int> mixed{ByHand::x, ByHand::y, ByHand::y, ByHand::x, ByHand::x,
                               ByHand::y, ByHand::y, ByHand::x, ByHand::x};
  const auto read = [&](const std::vector<nn::ForceRule>& rules) { return rnn(3, 4).read(mixed, rules); };
  const Diagnoses all = diagnoses(read({}), {}, {});
  const Diagnosis* one = diagnosed(all, "saturated");
  ASSERT_TRUE(one);
  EXPECT_TRUE(one->confirmed) << one->sentence;
  EXPECT_EQ(one->counterfactual.rule, "h~=*0.5");
  EXPECT_EQ(one->quantity.value, 1);
  for (const Diagnosis& each : all.found) expect_true(each, all, read);

  const std::vector<int> steady(6, ByHand::x);
  const Diagnosis* used = nullptr;
  const Diagnoses other = diagnoses(rnn(3, 2).read(steady), {}, {});
  ASSERT_TRUE(used = diagnosed(other, "saturated"));
  EXPECT_FALSE(used->confirmed) << used->sentence;
  EXPECT_TRUE(not_diagnosed(diagnoses(rnn(0.3, 4).read(mixed), {}, {}), "saturated"));
}

TEST(Diagnoses, AGradientThatVanishesOrExplodesAndOneThatLasts) {
  const std::vector<int> text(24, ByHand::dot);
  const auto ratio_of = [&](const ByHand& model, std::string_view rule, bool confirmed) {
    const auto read = [&](const std::vector<nn::ForceRule>& rules) { return model.read(text, rules); };
    const Diagnoses all = diagnoses(read({}), {}, {});
    const Diagnosis* one = diagnosed(all, "gradient");
    EXPECT_TRUE(one);
    if (!one) return 0.0;
    EXPECT_EQ(one->counterfactual.rule, rule) << one->sentence;
    EXPECT_EQ(one->confirmed, confirmed) << one->sentence;
    for (const Diagnosis& each : all.found) expect_true(each, all, read, 1e-8);
    return one->quantity.value;
  };
  // Without recurrent weights dc_t/dc_{t-1} = f.
  EXPECT_NEAR(ratio_of(remembering(-1, -1), "f=1", true), 1 / (1 + std::exp(1.0)), 1e-9);
  // About h = 0 the Jacobian of a tanh RNN is its recurrent matrix.
  EXPECT_NEAR(ratio_of(ByHand("rnn").recurrent(0.4), "h~=*2.5", true), 0.4, 1e-9);
  EXPECT_NEAR(ratio_of(ByHand("rnn").recurrent(2), "h~=*0.5", true), 2, 1e-9);
  const Diagnoses all = diagnoses(remembering(20, 20).read(text), {}, {});
  EXPECT_FALSE(diagnosed(all, "gradient"));
  EXPECT_TRUE(says(not_diagnosed(all, "gradient")->why, "× 1.00")) << not_diagnosed(all, "gradient")->why;
}

TEST(Diagnoses, UnitsBehindClosedOutputGatesAreSilentAndWhatTheyHoldIsMissed) {
  const std::vector<int> text{ByHand::x, ByHand::dot, ByHand::dot, ByHand::dot, ByHand::x};
  ByHand model = remembering(20, 20);
  model.bias(ByHand::o, -20, 1);
  const auto read = [&](const std::vector<nn::ForceRule>& rules) { return model.read(text, rules); };
  const Diagnoses all = diagnoses(read({}), {}, {});
  const Diagnosis *silent = diagnosed(all, "silent"), *output = diagnosed(all, "output");
  ASSERT_TRUE(silent && output);
  EXPECT_TRUE(silent->confirmed);
  EXPECT_EQ(silent->counterfactual.rule, "h[1]=0");
  EXPECT_EQ(silent->quantity.value, 1);
  EXPECT_EQ(output->counterfactual.rule, "o[1]=1");
  EXPECT_EQ(output->quantity.value, 1);
  EXPECT_EQ(output->confirmed, mean_bits(read(rules({"o[1]=1"}))) <= 0.99 * mean_bits(read({})));
  for (const Diagnosis& each : all.found) expect_true(each, all, read);
  const Diagnoses open = diagnoses(remembering(20, 20).read(text), {}, {});
  EXPECT_FALSE(diagnosed(open, "silent") || diagnosed(open, "output"));
}

TEST(Diagnoses, ASureAndWrongGuessOwesToTheCharacterThatIsReplaced) {
  const std::vector<int> text{ByHand::x, ByHand::dot, ByHand::dot, ByHand::dot, ByHand::y};
  const ByHand model = remembering(20, 20);
  const Diagnoses all = diagnoses(model.read(text), {}, {});
  const Diagnosis* one = diagnosed(all, "confident");
  ASSERT_TRUE(one);
  EXPECT_TRUE(one->confirmed);
  EXPECT_EQ(one->counterfactual.replaced, 0);
  EXPECT_EQ(one->counterfactual.replacement, ByHand::y);
  EXPECT_EQ(one->counterfactual.rule, "‘y’ at step 0 instead of ‘x’");
  // That x comes, read from the same text with y in it.
  std::vector<int> sure = text;
  sure[4] = ByHand::x;
  EXPECT_NEAR(one->counterfactual.before, std::exp(-loss_at(model.read(sure), 3)), 1e-10);
  sure[0] = ByHand::y;
  EXPECT_NEAR(one->counterfactual.after, std::exp(-loss_at(model.read(sure), 3)), 1e-10);
  sure[0] = ByHand::x;
  const Diagnoses right = diagnoses(model.read(sure), {}, {});
  EXPECT_TRUE(says(not_diagnosed(right, "confident")->why, "which is right, with 98 %"));
}

TEST(Diagnoses, OfEveryCellAreTrueAndSayWhatTheyLack) {
  for (const nn::ModelSpec& spec : any_specs()) {
    for (const auto& forced : {std::vector<nn::ForceRule>{}, any_rules()}) {
      SCOPED_TRACE(in_words(spec));
      const auto read = [&](const std::vector<nn::ForceRule>& more) {
        auto rules = forced;
        rules.insert(rules.end(), more.begin(), more.end());
        return any_observation<double>(spec, rules, 20);
      };
      for (int layer = 0; layer < spec.layers; ++layer) {
        trace::Watch watch;
        const Diagnoses all = diagnoses<double>(read({}), 17, layer, &watch);
        EXPECT_DOUBLE_EQ(watch.progress(), 1);
        EXPECT_EQ(all.layer, layer);
        EXPECT_EQ(all.found.size() + all.without.size(), 9U);
        for (const Diagnosis& one : all.found) expect_true(one, all, read, 1e-7);
        for (const NotDiagnosed& one : all.without) EXPECT_FALSE(one.why.empty()) << one.key;
      }
    }
  }
  const Diagnoses plain = diagnoses(any_observation<double>(any_spec("rnn"), {}, 10), {}, {});
  for (const std::string_view key : {"erased", "conservative", "bias", "unused", "output"}) {
    ASSERT_TRUE(not_diagnosed(plain, key)) << key;
    EXPECT_FALSE(not_diagnosed(plain, key)->applies) << key;
  }
}

TEST(Diagnoses, OfTrainedModelsAreTrueWithEverySeed) {
  for (int seed = 1; seed <= 5; ++seed) {
    for (const std::string cell : {"lstm", "gru"}) {
      experiment::Experiment e;
      e.models = {any_spec(cell, 12)};
      e.training.batch = 16;
      e.training.steps = 16;
      e.seed = static_cast<std::uint64_t>(seed);
      e.task.text = "brackets.txt";
      std::shared_ptr<const task::Task> task =
          experiment::make_task(e, std::string(GATESCOPE_SOURCE_DIR) + "/assets/corpora");
      experiment::complete(e, task->interface());
      train::Trainer trainer(e, task, 1);
      for (int k = 0; k < 150; ++k) ASSERT_TRUE(trainer.step());
      std::vector<int> text;
      for (int k = 0; k < 40; ++k)
        text.push_back((k * k + 3 * k + seed) % static_cast<int>(task->vocabulary().size()));
      const auto read = [&](const std::vector<nn::ForceRule>& rules) {
        const nn::Network<float>& learnt = trainer.network(0);
        observe::Model<float> model;
        model.name = "it";
        model.network = std::make_shared<nn::Network<float>>(learnt.spec(), learnt.interface());
        model.network->parameters() = learnt.parameters();
        model.alphabet = observe::alphabet_of(*task);
        model.network->prepare_all();
        return observe::observe<float>(model, observe::Text{text}, rules, {});
      };
      const Diagnoses all = diagnoses<float>(read({}), {}, {});
      for (const Diagnosis& one : all.found) expect_true(one, all, read, 2e-4);
      for (const Diagnosis& one : all.found) {
        const Counterfactual& run = one.counterfactual;
        SCOPED_TRACE(one.sentence);
        if (one.key == "erased" || one.key == "conservative")
          EXPECT_EQ(one.confirmed, std::log(run.after) >= kBroughtBack * std::log(run.before));
        if (one.key == "bias" || one.key == "saturated" || one.key == "output") {
          EXPECT_EQ(one.confirmed, run.after <= (1 - kFelt) * run.before);
        }
        if (one.key == "confident") {
          EXPECT_EQ(one.confirmed, run.after <= 0.5 * run.before);
        }
      }
    }
  }
}

TEST(Diagnoses, SayWhyThereAreNone) {
  nn::ModelSpec both = any_spec("lstm");
  both.bidirectional = true;
  const auto observation = any_observation<double>(both, {}, 5);
  EXPECT_TRUE(says(error_of([&] { diagnoses(observation, {}, {}); }),
                   "the model has no diagnoses: it reads in both directions"));
  const auto one = any_observation<double>(any_spec("lstm"), {}, 5);
  EXPECT_EQ(error_of([&] { diagnoses(one, 5, {}); }), "step 5 does not exist, expected 0 to 4");
  EXPECT_EQ(error_of([&] { diagnoses(one, {}, 1); }), "layer 1 does not exist, expected 0 to 0");
  trace::Watch watch;
  watch.stop();
  EXPECT_THROW(diagnoses<double>(one, {}, {}, &watch), trace::Stopped);
}

}  // namespace
}  // namespace gatescope::analysis
