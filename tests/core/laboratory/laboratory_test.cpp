#include "core/laboratory/laboratory.h"

#include <gtest/gtest.h>

#include "core/observe/observe.h"
#include "core/views/view.h"
#include "tests/error_of.h"

namespace gatescope::laboratory {
namespace {

template <class S>
Observation<S> read(const std::string& cell, bool bidirectional = false) {
  nn::ModelSpec spec;
  spec.cell = cell;
  spec.hidden = 6;
  spec.bidirectional = bidirectional;
  auto network = std::make_shared<nn::Network<S>>(
      spec, nn::Interface{nn::InputKind::characters, 3, nn::Readout::softmax, 3});
  network->initialise(Rng(3));
  network->prepare_all();
  observe::Model<S> model{.name = "mine", .network = network};
  auto observation = observe::observe<S>(model, observe::Text{{0, 1, 2, 2, 1, 0, 1}}, {}, {});
  const auto past = std::make_shared<observe::Past>();  // one moment, of other weights
  past->moments.push_back({.update = 4,
                           .network =
                               [spec, interface = network->interface()] {
                                 auto then = std::make_shared<nn::Network<float>>(spec, interface);
                                 then->initialise(Rng(4));
                                 then->prepare_all();
                                 return then;
                               },
                           .memo = nullptr});
  past->observed = 7;
  observation.past = past;
  return observation;
}

TEST(Laboratory, EveryAnalysisIsWholeAndItsViewIsThere) {
  for (const Analysis& analysis : all_analyses()) {
    EXPECT_EQ(&find_analysis(analysis.name), &analysis);
    EXPECT_FALSE(analysis.title.empty() || analysis.sentence.empty()) << analysis.name;
    EXPECT_TRUE(analysis.of_float && analysis.of_double) << analysis.name;
    EXPECT_NO_THROW(views::find_view(analysis.view)) << analysis.name;
    const views::View& view = views::find_view(analysis.view);
    EXPECT_EQ(view.takes.step || view.needs.one_loss, analysis.takes.step) << analysis.name;
  }
}

TEST(Laboratory, EveryAnalysisOfEveryCellHasASchemaOrSaysWhyNot) {
  for (const Analysis& analysis : all_analyses()) {
    for (const nn::CellInfo* cell : nn::all_cells()) {
      for (const bool bidirectional : {false, true}) {
        const auto observation = read<double>(std::string(cell->key), bidirectional);
        const std::string why =
            analysis.why_not ? analysis.why_not(*cell, observation.network->spec()) : std::string();
        if (why.empty()) {
          EXPECT_EQ(analyze(analysis, observation, {}).at("schema"), 1) << analysis.name << cell->key;
        } else {
          const std::string error = error_of([&] { analyze(analysis, observation, {}); });
          EXPECT_EQ(error, fmt::format("mine has no {}: {}", analysis.name, why));
        }
      }
    }
  }
}

TEST(Laboratory, JacobiansAreWrittenAsTheirSchemaSays) {
  const Json json = analyze(find_analysis("jacobian"), read<double>("lstm"), {.step = 3});
  EXPECT_EQ(json.at("step"), 3);
  EXPECT_EQ(json.at("state"), (Json{"h", "c"}));
  EXPECT_EQ(json.at("lags"), (Json{0, 1, 2, 3}));
  EXPECT_EQ(json.at("singular_values").size(), 4U);
  EXPECT_EQ(json.at("singular_values")[2].size(), 12U);
  EXPECT_EQ(json.at("largest")[0], 1.0);
  EXPECT_NEAR(json.at("frobenius")[0].get<double>(), std::sqrt(12.0), 1e-15);
  const Json single = analyze(find_analysis("jacobian"), read<float>("lstm"), {.step = 3});
  EXPECT_NEAR(single.at("largest")[2].get<double>(), json.at("largest")[2].get<double>(), 1e-5);
}

TEST(Laboratory, OfTwoDirectionsEitherCanBeAskedForAndIsTheOtherOfTheTextBackwards) {
  for (const Analysis& analysis : all_analyses()) {
    const bool of_matrix = analysis.name == "memory" || analysis.name == "conventions";
    const std::string cell = of_matrix ? "mlstm" : "lstm";
    const auto both = read<double>(cell, true), one = read<double>(cell);
    EXPECT_EQ(analysis.takes.direction,
              !analysis.why_not || analysis.why_not(both.network->cell(), both.network->spec()).empty())
        << analysis.name << ": either both directions are there, or it is refused";
    if (!analysis.takes.direction) {
      EXPECT_NE(
          error_of([&] { analyze(analysis, one, {.backward = true}); }).find("a direction says nothing"),
          std::string::npos);
      continue;
    }
    EXPECT_NE(error_of([&] { analyze(analysis, one, {.backward = true}); }).find("in one direction only"),
              std::string::npos);
    EXPECT_FALSE(analyze(analysis, one, {}).contains("direction"));
    const Json forward = analyze(analysis, both, {}), backward = analyze(analysis, both, {.backward = true});
    EXPECT_EQ(forward.at("direction"), "forward");
    EXPECT_EQ(backward.at("direction"), "backward");
    EXPECT_NE(forward, backward);
  }
}

TEST(Laboratory, TheBackwardDirectionIsThatOfAModelWhichReadsTheTextFromItsEnd) {
  // A model whose backward weights are another's forward ones, over the text the other way round.
  const auto both = read<double>("gru", true);
  auto mirrored = std::make_shared<nn::Network<double>>(both.network->spec(), both.network->interface());
  for (const nn::Parameter& p : both.network->table().all()) {
    const bool reverse = p.name.ends_with("_reverse");
    const std::string other = !p.name.starts_with("rnn.") ? p.name
                              : reverse                   ? p.name.substr(0, p.name.size() - 8)
                                                          : p.name + "_reverse";
    const Index to = mirrored->table().find(other)->offset;
    for (Index k = 0; k < p.size(); ++k) {
      Index at = k;
      if (p.name == "head.weight") {  // its columns: forward, then backward; stored by columns
        const Index half = p.size() / 2;
        at = (k + half) % p.size();
      }
      mirrored->parameters()[to + at] = both.network->parameters()[p.offset + k];
    }
  }
  mirrored->prepare_all();
  observe::Pair turned;
  const auto& text = *both.sequence;
  turned.tokens.assign(text.tokens.rbegin(), text.tokens.rend());
  turned.targets.assign(text.targets.rbegin(), text.targets.rend());
  const auto other = observe::observe<double>({.name = "turned", .network = mirrored}, turned, {}, {});
  const auto near = [](const Json& a, const Json& b, const std::string& what) {
    ASSERT_EQ(a.size(), b.size()) << what;
    for (std::size_t t = 0; t < a.size(); ++t) {
      const Json& turned_back = b[b.size() - 1 - t];
      ASSERT_EQ(a[t].is_null(), turned_back.is_null()) << what << t;
      if (!a[t].is_null()) EXPECT_NEAR(a[t].get<double>(), turned_back.get<double>(), 1e-12) << what << t;
    }
  };
  const auto of = [](const std::string& name, const Observation<double>& observation, bool backward) {
    return Json::parse(analyze(find_analysis(name), observation, {.backward = backward}).dump());
  };
  near(of("attention", both, true).at("age"), of("attention", other, false).at("age"), "age");
  const Json gone = of("survival", both, true), same = of("survival", other, false);
  EXPECT_EQ(gone.at("step"), both.steps() - 1);
  near(gone.at("left"), same.at("left"), "left");
  near(gone.at("erased"), same.at("erased"), "erased");
  const Json taught = of("taught", both, true), teaches = of("taught", other, false);
  for (std::size_t k = 0; k < taught.at("terms").size(); ++k)
    near(taught.at("terms")[k].at("norm"), teaches.at("terms")[k].at("norm"), "norm");
  const Json way = of("highway", both, true), back = of("highway", other, false);
  EXPECT_EQ(way.at("step"), 0);
  EXPECT_EQ(back.at("step"), both.steps() - 1);
  near(way.at("share").at("keep"), back.at("share").at("keep"), "share");
  const Json lasts = of("timescales", both, true), as_long = of("timescales", other, false);
  for (std::size_t k = 0; k < lasts.at("memories").size(); ++k)
    for (const char* what : {"from_bias", "effective"})
      EXPECT_NEAR(lasts.at("memories")[k].at(what).get<double>(),
                  as_long.at("memories")[k].at(what).get<double>(), 1e-10);
}

TEST(Laboratory, AMapIsWrittenAsItsSchemaSays) {
  const Json json = analyze(find_analysis("gain_map"), read<double>("rnn"), {});
  EXPECT_EQ(json.at("lever"), "spectral_radius");
  EXPECT_EQ(json.at("seeds"), (Json{1, 2, 3, 4, 5}));
  EXPECT_EQ(json.at("lags"), (Json{0, 1, 2, 3}));
  EXPECT_EQ(json.at("left").size(), json.at("settings").size());
  EXPECT_EQ(json.at("left")[0].size(), 4U);
  EXPECT_EQ(json.at("model").at("left").size(), 4U);
  EXPECT_EQ(analyze(find_analysis("gain_map"), read<double>("gru"), {}).at("lever"), "keep_bias");
}

TEST(Laboratory, ATrainingIsWrittenAsItsSchemaSays) {
  const Json json = analyze(find_analysis("over_training"), read<double>("lstm"), {});
  EXPECT_EQ(json.at("updates"), (Json{4, 7}));
  EXPECT_EQ(json.at("observed"), 1);
  for (const char* key : {"left", "saturated", "highway", "exponent"}) EXPECT_EQ(json.at(key).size(), 2U);
}

TEST(Laboratory, ErrorsSayWhatIsNotThere) {
  const auto observation = read<float>("gru");
  const auto of = [&](const Options& options) {
    return error_of([&] { analyze(find_analysis("jacobian"), observation, options); });
  };
  EXPECT_EQ(of({.step = 6}), "step 6 does not exist: what mine read has steps 0 to 5");
  EXPECT_EQ(of({.unit = 1}), "a unit says nothing to the analysis jacobian");
  EXPECT_NE(error_of([] { find_analysis("jacobi"); }).find("there is no analysis 'jacobi', expected one of"),
            std::string::npos);
}

}  // namespace
}  // namespace gatescope::laboratory
