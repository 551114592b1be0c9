#include "core/nn/force_rule.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <tuple>
#include <utility>

#include "core/error.h"
#include "core/nn/network.h"
#include "tests/error_of.h"

namespace gatescope::nn {
namespace {

std::string error_of_rule(std::string_view text) {
  return gatescope::error_of([&] { parse_force_rule(text); });
}

TEST(ForceRule, ClampsAChannelOfEveryLayerUnitAndStep) {
  EXPECT_EQ(parse_force_rule("f=0"), (ForceRule{std::nullopt, "f", {}, {}, 0, 0}));
  EXPECT_EQ(parse_force_rule("c_2=-1.5e-3"), (ForceRule{std::nullopt, "c_2", {}, {}, 0, -1.5e-3}));
  EXPECT_EQ(parse_force_rule("f=.5"), (ForceRule{std::nullopt, "f", {}, {}, 0, 0.5}));
}

TEST(ForceRule, OpenAndClosedAreOneAndZeroOrWhatTheChannelSays) {
  for (const CellInfo* cell : all_cells()) {
    const ModelSpec spec{.cell = std::string(cell->key), .hidden = 4};
    const Interface interface { InputKind::characters, 5, Readout::softmax, 5 };
    Network<double> network(spec, interface);
    network.initialise(Rng(3));
    network.prepare_all();
    const std::vector<int> tokens{1, 3, 0, 2};
    Trace<double> trace;
    for (const Channel& channel : cell->channels) {
      for (const bool open : {false, true}) {
        const ForceRule rule =
            parse_force_rule(fmt::format("{}@1-2={}", channel.symbol, open ? "open" : "closed"));
        EXPECT_EQ(meant(rule, channel).shift, open ? channel.open : channel.closed);
        network.force(std::vector{rule});
        network.resize(trace, 4, 1);
        network.clear_states(trace);
        network.forward(trace, {tokens.data(), nullptr});
        const auto values = trace.tapes[0].values(cell->find(channel.symbol)).middleCols(1, 2);
        EXPECT_EQ(values.minCoeff(), open ? channel.open : channel.closed) << cell->key << channel.symbol;
        EXPECT_EQ(values.maxCoeff(), open ? channel.open : channel.closed) << cell->key << channel.symbol;
      }
      EXPECT_TRUE(channel.is_valve() || channel.role != Role::gate);
    }
  }
}

TEST(ForceRule, AClosedExponentWritesNothing) {
  for (const auto& names : {std::array{"slstm", "i", "w"}, {"mlstm", "I", "g"}, {"rwkv4", "k", "w"}}) {
    const std::string cell = names[0], exponent = names[1], write = names[2];
    const ModelSpec spec{.cell = cell, .hidden = 4};
    Network<double> network(spec, {InputKind::characters, 5, Readout::softmax, 5});
    network.initialise(Rng(3));
    network.prepare_all();
    const std::vector<int> tokens{1, 3, 0, 2};
    const auto most_written = [&](const std::string& rule) {
      network.force(std::vector{parse_force_rule(rule)});
      Trace<double> trace;
      network.resize(trace, 4, 1);
      network.clear_states(trace);
      network.forward(trace, {tokens.data(), nullptr});
      return trace.tapes[0].values(network.cell().find(write)).rightCols(3).maxCoeff();
    };
    EXPECT_LT(most_written(exponent + "@1-=closed"), 1e-10) << cell;
    EXPECT_GT(most_written(exponent + "@1-=open"), 1e-2) << cell;
  }
}

TEST(ForceRule, ReadsLayerUnitsAndSteps) {
  EXPECT_EQ(parse_force_rule("0.f[3,5-9]@10-20=1"), (ForceRule{0, "f", {{3, 3}, {5, 9}}, {{10, 20}}, 0, 1}));
  EXPECT_EQ(parse_force_rule("1.c[0]@5=-0.25"), (ForceRule{1, "c", {{0, 0}}, {{5, 5}}, 0, -0.25}));
}

TEST(ForceRule, ReadsOpenEndedRanges) {
  EXPECT_EQ(parse_force_rule("f[4-]@10-=1"),
            (ForceRule{std::nullopt, "f", {{4, kOpenEnd}}, {{10, kOpenEnd}}, 0, 1}));
}

TEST(ForceRule, ReadsScaleAndShift) {
  EXPECT_EQ(parse_force_rule("i=*0.5"), (ForceRule{std::nullopt, "i", {}, {}, 0.5, 0}));
  EXPECT_EQ(parse_force_rule("i=*-2+0.1"), (ForceRule{std::nullopt, "i", {}, {}, -2, 0.1}));
  EXPECT_EQ(parse_force_rule("i=*2-1e-3"), (ForceRule{std::nullopt, "i", {}, {}, 2, -1e-3}));
  EXPECT_EQ(parse_force_rule("i=*1e+2+3"), (ForceRule{std::nullopt, "i", {}, {}, 100, 3}));
}

TEST(ForceRule, ToleratesSpacesBetweenTheParts) {
  EXPECT_EQ(parse_force_rule("  0 . f [ 3 , 5 - 9 ] @ 10 - 20 = * 0.5 + 1 \n"),
            parse_force_rule("0.f[3,5-9]@10-20=*0.5+1"));
}

TEST(ForceRule, SortsAndMergesRanges) {
  EXPECT_EQ(parse_force_rule("f[9,1-3,4,2,6-7]=0").units, (std::vector<Range>{{1, 4}, {6, 7}, {9, 9}}));
  EXPECT_EQ(parse_force_rule("f@5-,7,1=0").steps, (std::vector<Range>{{1, 1}, {5, kOpenEnd}}));
  EXPECT_EQ(parse_force_rule("f@1000000000,5-999999999=0").steps, (std::vector<Range>{{5, 1000000000}}));
}

TEST(ForceRule, WritesTheCanonicalForm) {
  for (const auto& [text, canonical] : std::initializer_list<std::pair<const char*, const char*>>{
           {"o=open", "o=1"},
           {"o=closed", "o=0"},
           {"dt = open", "dt=open"},
           {"i=closed", "i=closed"},
           {"00.f[9,3-3,5-8]@ 7 - =0", "0.f[3,5-9]@7-=0"},
           {"f=0.100", "f=0.1"},
           {"f=-0", "f=0"},
           {"f=1e-30", "f=1e-30"},
           {"f=*0.5-0.25", "f=*0.5-0.25"},
           {"f=*1+1e-9", "f=*1+1e-09"},
           {"f=*2+0", "f=*2"},
           {"f=*0+3", "f=3"},
           {"f=*-0", "f=0"},
           {"f=0.30000000000000004", "f=0.30000000000000004"},
           {"f=5e-324", "f=5e-324"},
           {"z~=*1+0.5", "z~=*1+0.5"},
           {"f ~ [4,3] @ 2 = -3", "f~[3-4]@2=-3"},
           {"00.o~[3]@5-9=*2+0", "0.o~[3]@5-9=*2"},
       }) {
    const ForceRule rule = parse_force_rule(text);
    EXPECT_EQ(to_string(rule), canonical);
    EXPECT_EQ(parse_force_rule(to_string(rule)), rule) << text;
  }
}

TEST(ForceRule, OfAPreActivationHasEveryValueButOpenAndClosed) {
  ForceRule rule{0, "o", {{3, 3}}, {{5, 9}}, 2, 0};
  rule.before_activation = true;
  EXPECT_EQ(parse_force_rule("0.o~[3]@5-9=*2"), rule);
  EXPECT_NE(parse_force_rule("f~=0"), parse_force_rule("f=0"));
  EXPECT_EQ(
      error_of_rule("f~=open"),
      "force rule \"f~=open\": column 4: a pre-activation is neither open nor closed, for its activation "
      "can have any argument: write a number, *SCALE or *SCALE+SHIFT, for example f~=-5 or f~=*1+0.5");
}

TEST(ForceRule, WritesRangesOfAHandMadeRuleSortedAndMerged) {
  EXPECT_EQ(to_string(ForceRule{2, "h", {{8, 9}, {0, 1}, {2, 2}}, {{3, kOpenEnd}}, 1, -1}),
            "2.h[0-2,8-9]@3-=*1-1");
}

TEST(ForceRule, ErrorQuotesTheRuleNamesTheColumnAndGivesAnExample) {
  EXPECT_EQ(
      error_of_rule("f[9-5]=0"),
      "force rule \"f[9-5]=0\": column 3: the range 9-5 is reversed, expected 5-9, for example f[3,5-9]=0");
}

TEST(ForceRule, NamesTheColumnAndCauseOfEveryMistake) {
  for (const auto& [text, column, cause] : std::initializer_list<std::tuple<const char*, int, const char*>>{
           {"", 1, "expected a channel"},
           {"   ", 4, "expected a channel"},
           {"=1", 1, "expected a channel"},
           {"_f=1", 1, "expected a channel"},
           {"0.=1", 3, "expected a channel"},
           {"-1.f=1", 1, "expected a channel"},
           {"σ=1", 1, "expected a channel"},
           {"0f=1", 2, "expected '.' between layer and channel"},
           {"3000000000.f=1", 1, "the layer is too large, expected at most 1000000000"},
           {"1000000001.f=1", 1, "the layer is too large"},
           {"f", 2, "expected '=' and a value"},
           {"f g=1", 3, "expected '='"},
           {"f[]=1", 3, "expected a unit, a whole number from 0"},
           {"f[-1]=1", 3, "expected a unit"},
           {"f[1,]=1", 5, "expected a unit"},
           {"f[1.5]=1", 4, "expected ']' after the units"},
           {"f[1=1", 4, "expected ']'"},
           {"f[99999999999999999999]=1", 3, "the unit is too large"},
           {"f[1-99999999999]=1", 5, "the unit is too large"},
           {"f@=1", 3, "expected a step, a whole number from 0"},
           {"f@-3=1", 3, "expected a step"},
           {"f@5-2=1", 3, "the range 5-2 is reversed, expected 2-5"},
           {"f@1[2]=1", 4, "expected '='"},
           {"f=", 3, "expected a value: open, closed, a number"},
           {"f=wide", 3, "expected a value"},
           {"f=opening", 3, "expected a value"},
           {"f=open_", 3, "expected a value"},
           {"f=nan", 3, "expected a value"},
           {"f=-inf", 3, "expected a value"},
           {"f=--1", 3, "expected a value"},
           {"f=.", 3, "expected a value"},
           {"f=1e999", 3, "at most 1000000"},
           {"f=+0.5", 3, "a value cannot begin with '+'"},
           {"f=*", 4, "expected a number after '*'"},
           {"f=*inf", 4, "expected a number after '*'"},
           {"f=*2+-3", 6, "expected a number without sign after '+'"},
           {"f=*2-", 6, "expected a number without sign after '-'"},
           {"f=1 2", 5, "expected nothing after the value"},
           {"f=0x1", 4, "expected nothing after the value"},
           {"f=open!", 7, "expected nothing after the value"},
           {"f=*2*3", 5, "expected nothing after the value"},
           {"f~=open", 4, "a pre-activation is neither open nor closed"},
           {"0.f~[3]@2 = closed", 13, "a pre-activation is neither open nor closed"},
           {"f~", 3, "expected '='"},
           {"f~~=1", 3, "expected '='"},
           {"~f=1", 1, "expected a channel"},
           {"f[3]~=1", 5, "expected '='"},
           {"f@3~=1", 4, "expected '='"},
       }) {
    const std::string error = error_of_rule(text);
    EXPECT_NE(error.find("column " + std::to_string(column) + ": "), std::string::npos)
        << text << " -> " << error;
    EXPECT_NE(error.find(cause), std::string::npos) << text << " -> " << error;
    EXPECT_NE(error.find("for example"), std::string::npos) << text << " -> " << error;
  }
}

TEST(ForceRule, RejectsAZeroByteInsideTheRule) {
  EXPECT_NE(error_of_rule(std::string_view("f=1\0", 4)).find("column 4"), std::string::npos);
  EXPECT_NE(error_of_rule(std::string_view("f\0=1", 4)).find("column 2"), std::string::npos);
}

TEST(ForceRule, RejectsARuleThatIsTooLong) {
  const std::string error = error_of_rule("f=" + std::string(4096, '0'));
  EXPECT_NE(error.find("it has 4098 characters, at most 4096 can be read"), std::string::npos) << error;
  EXPECT_LT(error.size(), 200U);
  EXPECT_EQ(parse_force_rule("f=" + std::string(4094, '0')), parse_force_rule("f=0"));
}

TEST(ForceRule, KeepsTheErrorOnOneLine) {
  EXPECT_EQ(error_of_rule("f\n\n").find('\n'), std::string::npos);
}

}  // namespace
}  // namespace gatescope::nn
