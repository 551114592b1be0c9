// What a trace takes, said before it is made.

#include "core/experiment/memory.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include "core/error.h"
#include "core/memory.h"
#include "core/nn/force_rule.h"
#include "core/trace/sequence_trace.h"

namespace gatescope::experiment {
namespace {

double allocated() {
  const auto info = mallinfo2();
  return static_cast<double>(info.uordblks) + static_cast<double>(info.hblkhd);
}

TEST(MemoryOfTrace, IsWhatATraceTakes) {
#ifdef GATESCOPE_SANITIZED
  GTEST_SKIP() << "a sanitizer's allocator does not tell what is allocated";
#endif
  const nn::Interface interface { nn::InputKind::characters, 60, nn::Readout::softmax, 60 };
  const std::vector<int> text(20'001, 7);
  nn::ModelSpec plain, deep, both;
  plain.hidden = 48;
  deep.cell = "gru";
  deep.hidden = 32;
  deep.layers = 2;
  deep.embedding = 24;
  both.hidden = 24;
  both.layers = 2;
  both.bidirectional = true;
  for (const nn::ModelSpec& spec : {plain, deep, both}) {
    const std::string of_net = spec.cell == "gru" ? "z~=*2" : "f~=*2";
    for (const std::string& written : {std::string(), std::string("h=0"), of_net}) {
      std::vector<nn::ForceRule> rules;
      if (!written.empty()) rules.push_back(nn::parse_force_rule(written));
      nn::Network<float> network(spec, interface);
      network.prepare_all();
      network.force(rules);
      const double before = allocated();
      const auto trace = trace::trace_text<float>(network, text);
      const double taken = allocated() - before;
      const double said = memory_of_trace(spec, interface, 20'000, rules, sizeof(float));
      EXPECT_GT(said, 0.95 * taken) << spec.cell << " " << written;
      EXPECT_LT(said, 1.3 * taken) << spec.cell << " " << written;
    }
  }
}

TEST(MemoryLimit, IsNoMoreThanWhatIsFree) {
  EXPECT_GT(available_memory(), 0);
  EXPECT_LE(memory_limit(), kMemoryLimit);
  try {
    check_memory(1e15, "less", "a text of 5 characters");
    FAIL();
  } catch (const Error& error) {
    const std::string what = error.what();
    EXPECT_NE(what.find("a text of 5 characters would take 1000000.0 GB"), std::string::npos) << what;
    EXPECT_NE(what.find("choose less"), std::string::npos) << what;
  }
  EXPECT_NO_THROW(check_memory(1e6, "less", "this"));
}

}  // namespace
}  // namespace gatescope::experiment
