// Which rules act anywhere in what is read.

#include "core/nn/plan.h"

#include <gtest/gtest.h>

namespace gatescope::nn {
namespace {

TEST(Plan, ARuleActsWhereAStepOfItIsRead) {
  const ModelSpec stack{.cell = "gru", .hidden = 4, .layers = 2};
  ModelSpec pairs = stack;
  pairs.decoder = DecoderSpec{Attention::bahdanau};
  struct Case {
    const ModelSpec& model;
    const char* rule;
    bool acts;
  };
  // 6 steps; or a source of 3 and a target of 5, of layers 0 and 1, and 2 and 3.
  for (const Case& each :
       {Case{stack, "z=0", true},         {stack, "z@5=0", true},          {stack, "z@6=0", false},
        {stack, "1.z@9,2=0", true},       {stack, "1.z@6-=0", false},      {pairs, "0.z@2=0", true},
        {pairs, "0.z@3=0", false},        {pairs, "2.z@3=0", true},        {pairs, "2.z@4=0", true},
        {pairs, "2.z@5=0", false},        {pairs, "z@4=0", true},          {pairs, "z@5=0", false},
        {pairs, "alpha[2]@4=1", true},    {pairs, "alpha[3]=1", false},    {pairs, "alpha~[2-]=0", true},
        {pairs, "alpha[300]@2=1", false}, {pairs, "alpha[0]@99=1", false}, {pairs, "context@4=0", true},
        {pairs, "context@5=0", false},    {pairs, "bridge=0", true},       {pairs, "feed=own", true},
        {pairs, "feed@0=own", false},     {pairs, "feed@0-1=own", true},   {pairs, "feed@5-=own", false}})
    EXPECT_EQ(
        acts(parse_force_rule(each.rule), each.model, each.model.decoder ? StepsRead{3, 5} : StepsRead{6, 0}),
        each.acts)
        << each.rule << (each.model.decoder ? " of pairs" : "");
  EXPECT_FALSE(acts(parse_force_rule("0.z=0"), pairs, {0, 5})) << "an empty source has no step";
  EXPECT_FALSE(acts(parse_force_rule("alpha=1"), pairs, {0, 5}));
}

}  // namespace
}  // namespace gatescope::nn
