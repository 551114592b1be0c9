// What the presets say of themselves, over the seeds 1 to 5: a sentence that does not hold is reworded. They
// train as in the window, and take a minute together, so that only a release build runs them.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "core/analysis/correlation.h"
#include "core/analysis/gradient_lag.h"
#include "core/analysis/scores.h"
#include "core/analysis/summary.h"
#include "core/analysis/unit_roles.h"
#include "core/files.h"
#include "core/session/learner.h"

namespace gatescope {
namespace {

using session::Learner, session::Snapshot;

constexpr std::uint64_t kSeeds = 5;

std::string source_folder() {
  return GATESCOPE_SOURCE_DIR;
}

experiment::Experiment preset(const std::string& name, std::uint64_t seed) {
  experiment::Experiment e = experiment::load_experiment(source_folder() + "/presets/" + name + ".json");
  e.seed = seed;
  return e;
}

/// A preset as it is after so many updates, reading the probe.
class Learnt {
 public:
  explicit Learnt(const experiment::Experiment& e, std::optional<std::uint64_t> updates = {},
                  session::Probe probe = {})
      : learner_({.threads = 1, .corpora = source_folder() + "/assets/corpora"}) {
    learner_.set_watched(false);
    learner_.carry_out(session::Open{e, nullptr, false, std::move(probe)});
    const std::uint64_t goal = updates.value_or(e.training.updates);
    if (goal > 0) learner_.carry_out(session::Train{true, goal});
    while (learner_.advance(std::chrono::seconds(1))) {
    }
    EXPECT_EQ(learner_.snapshot()->problem, "");
  }

  const Snapshot& now() const { return *learner_.snapshot(); }
  const views::Observation& observation(std::size_t m = 0) const {
    return now().readings->observations.at(m);
  }
  const nn::LayerTape<float>& tape(std::size_t m = 0) const {
    return *observation(m).tape(*observation(m).text, "0");
  }
  /// Bits a scored step that the last look at the held-out data gave, a model.
  std::map<std::string, double> held_out() const {
    std::map<std::string, double> bits;
    for (const session::ModelState& model : now().models)
      bits[model.name] = model.held_out.value_or(NAN) / std::log(2.0);
    return bits;
  }

 private:
  Learner learner_;
};

std::string held_out_text(const std::string& file, std::size_t characters) {
  const std::string text = read_file(source_folder() + "/assets/corpora/" + file);
  return text.substr(text.size() - std::min(characters, text.size()));
}

const analysis::UnitRole* role(const std::vector<analysis::UnitRole>& roles, std::string_view what) {
  const auto found = std::ranges::find(roles, what, &analysis::UnitRole::what);
  return found == roles.end() ? nullptr : &*found;
}

TEST(Presets, LongMemoryHasGatesThatCloseAtSpacesAndGatesThatStayOpen) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Learnt learnt(preset("long_memory", seed), {}, {.text = held_out_text("tales.txt", 2900)});
    const auto roles = analysis::unit_roles(learnt.tape(), learnt.observation().characters());
    for (const auto& r : roles)
      std::printf("%d %s unit %d %.3f %s\n", int(seed), std::string(r.what).c_str(), r.unit, r.strength,
                  r.evidence.c_str());
  }
}

TEST(Presets, Brackets) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Learnt learnt(preset("brackets", seed), {}, {.text = held_out_text("brackets.txt", 5900)});
    const auto roles = analysis::unit_roles(learnt.tape(), learnt.observation().characters());
    for (const auto& r : roles)
      std::printf("%d %s unit %d %.3f %s\n", int(seed), std::string(r.what).c_str(), r.unit, r.strength,
                  r.evidence.c_str());
  }
}

TEST(Presets, Agreement) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const std::string text = held_out_text("agreement.txt", 5900);
    const Learnt learnt(preset("agreement", seed), {}, {.text = text});
    for (std::size_t m = 0; m < 2; ++m) {
      const auto scores = analysis::scores(learnt.observation(m), *learnt.observation(m).text);
      double sum = 0;
      int n = 0;
      for (std::size_t at = text.find("speaks "); at != std::string::npos; at = text.find("speaks ", at + 1))
        sum += scores.at(at + 6), ++n;
      std::printf("%d %s: %.3f bits over %d\n", int(seed), learnt.observation(m).name.c_str(), sum / n, n);
    }
  }
}

TEST(Presets, Variant) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    const std::string text = read_file(std::getenv("CORPUS")).substr(54100);
    experiment::Experiment e = experiment::load_experiment(std::getenv("VARIANT"));
    e.seed = seed;
    e.task.beside = source_folder() + "/assets/corpora";
    const Learnt learnt(e, {}, {.text = text});
    for (std::size_t m = 0; m < e.models.size(); ++m) {
      const auto scores = analysis::scores(learnt.observation(m), *learnt.observation(m).text);
      double sum = 0;
      int n = 0;
      double verb = 0;
      int verbs = 0;
      for (std::size_t at = text.find(" w"); at != std::string::npos; at = text.find(" w", at + 1)) {
        const std::string word = text.substr(at, 5);
        if (word != " were" && (word != " was " || text.substr(at, 9) == " was born")) continue;
        if (at + 1 < scores.size()) verb += scores.at(at + 1), ++verbs;
      }
      std::printf("verb %.3f bits over %d; ", verb / verbs, verbs);
      for (std::size_t at = text.find("speaks "); at != std::string::npos; at = text.find("speaks ", at + 1))
        sum += scores.at(at + 6), ++n;
      std::printf("%d %s: %.3f bits over %d\n", int(seed), learnt.observation(m).name.c_str(), sum / n, n);
    }
  }
}

TEST(Presets, Forgetting) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const Learnt learnt(preset("forgetting", seed), 0, {.loss_step = 90});
    for (std::size_t m = 0; m < 3; ++m) {
      const auto& o = learnt.now().readings->at_step.at(m);
      const auto norms = analysis::gradient_over_lag(*o.tape(*o.text, "0"), 0, 90);
      std::printf("%d %s: lag 20 %.2e lag 40 %.2e lag 80 %.2e\n", int(seed), o.name.c_str(),
                  norms[20] / norms[0], norms[40] / norms[0], norms[80] / norms[0]);
    }
  }
}

}  // namespace
}  // namespace gatescope
