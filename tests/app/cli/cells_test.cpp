#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "core/nn/layer.h"
#include "core/nn/network.h"
#include "tests/app/cli/program.h"

namespace gatescope {
namespace {

using Json = nlohmann::json;

class CellsProgram : public Program {};

TEST_F(CellsProgram, SaysInJsonWhatEveryCellIs) {
  const Result result = run("cells --json --hidden 6 --inputs 10");
  ASSERT_EQ(result.code, 0) << result.error;
  const Json all = Json::parse(result.out);
  EXPECT_EQ(all.at("schema"), 1);
  ASSERT_EQ(all.at("cells").size(), nn::all_cells().size());
  for (const Json& cell : all.at("cells")) {
    const nn::CellInfo& info = nn::find_cell(cell.at("key").get<std::string>());
    EXPECT_EQ(cell.at("equations").size(), info.channels.size()) << info.key;
    EXPECT_EQ(cell.at("channels").size(), info.channels.size()) << info.key;
    EXPECT_FALSE(cell.at("citation").get<std::string>().empty()) << info.key;
    std::set<std::string> symbols;
    for (const Json& channel : cell.at("channels")) symbols.insert(channel.at("symbol").get<std::string>());
    for (const Json& state : cell.at("states")) EXPECT_TRUE(symbols.contains(state.get<std::string>()));
    // What the network itself takes for one layer.
    nn::ModelSpec spec;
    spec.cell = info.key;
    spec.hidden = 6;
    const nn::ParameterTable table =
        nn::parameter_table(spec, {nn::InputKind::values, 10, nn::Readout::linear, 1});
    for (const Json& parameter : cell.at("parameters")) {
      const nn::Parameter* found = table.find("rnn." + parameter.at("name").get<std::string>() + "_l0");
      ASSERT_NE(found, nullptr) << parameter;
      EXPECT_EQ(parameter.at("count"), found->size()) << parameter;
    }
  }
}

TEST_F(CellsProgram, CountsParametersInRnnsOfTheSameWidth) {
  const auto relative = [&](const std::string& name) {
    return Json::parse(run("cells " + name + " --json").out).at("cells").at(0).at("relative").get<double>();
  };
  EXPECT_EQ(relative("rnn"), 1);
  EXPECT_EQ(relative("gru"), 3);
  EXPECT_EQ(relative("lstm"), 4);
  EXPECT_EQ(relative("lstm_coupled"), 3);
  EXPECT_EQ(relative("slstm"), 4);
}

TEST_F(CellsProgram, PrintsOneCellForPeople) {
  const Result result = run("cells lstm --hidden 8 --inputs 5");
  ASSERT_EQ(result.code, 0) << result.error;
  for (const char* part :
       {"LSTM (lstm) [gers2000forget]", "cₜ = fₜ ⊙ cₜ₋₁ + iₜ ⊙ gₜ", "cell state, carried over", "weight_hh",
        "4 H x H", "256", "4 times as many as an RNN"})
    EXPECT_NE(result.out.find(part), std::string::npos) << part << "\n" << result.out;
  EXPECT_EQ(result.out.find("GRU"), std::string::npos);
}

TEST_F(CellsProgram, SaysWhatWeightDecaySparesAndWhichCellHasHeads) {
  const std::string s6 = run("cells s6").out, slstm = run("cells slstm").out,
                    mlstm = run("cells mlstm --hidden 8 --heads 2").out;
  EXPECT_NE(s6.find("N = 16: numbers that a unit has beside each other."), std::string::npos) << s6;
  EXPECT_NE(s6.find("R = 4: "), std::string::npos) << s6;
  EXPECT_EQ(slstm.find("N = "), std::string::npos) << slstm;
  EXPECT_NE(mlstm.find("N = 4: numbers that a unit has beside each other, one for each number of a key"),
            std::string::npos)
      << mlstm;
  const auto row = [](const std::string& text, const std::string& name) {
    const auto at = text.find("\n  " + name + " ");
    return at == std::string::npos ? "" : text.substr(at + 1, text.find('\n', at + 1) - at - 1);
  };
  EXPECT_NE(s6.find("weight decay"), std::string::npos) << s6;
  EXPECT_TRUE(row(s6, "A_log").ends_with("  no")) << s6;
  EXPECT_TRUE(row(s6, "D").ends_with("  no")) << s6;
  EXPECT_TRUE(row(s6, "bias_dt").ends_with("  no")) << s6;
  EXPECT_TRUE(row(s6, "weight_dt").ends_with("  yes")) << s6;
  EXPECT_NE(row(slstm, "weight_hh").find("4 H x d"), std::string::npos) << slstm;
  EXPECT_NE(slstm.find("d = H / G = 64: --heads cuts"), std::string::npos) << slstm;
  EXPECT_EQ(s6.find("heads"), std::string::npos);
}

TEST_F(CellsProgram, SaysWhatAFilterOfTheInputAndHeadsAdd) {
  const std::string text = run("cells slstm --hidden 6 --inputs 5 --heads 2 --token-shift --conv 4").out;
  for (const char* part :
       {"xsₜ = μ ⊙ xₜ + (1 − μ) ⊙ xₜ₋₁", "xcₜ = SiLU(conv(κ, xsₜ, xpₜ₋₁) + β)", "zₜ = tanh(W xc + U h + b)",
        "past of the convolution, carried over", "I x (W-1)", "d = H / G = 3", "here 2."})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  const Json cell =
      Json::parse(run("cells slstm --hidden 6 --inputs 5 --heads 2 --conv 4 --json").out)["cells"][0];
  const auto count = [&](const std::string& name) {
    for (const Json& parameter : cell.at("parameters"))
      if (parameter.at("name") == name) return parameter.at("count").get<int>();
    return 0;
  };
  EXPECT_EQ(count("weight_hh"), 4 * 6 * 3);
  EXPECT_EQ(count("conv_weight"), 5 * 4);
  EXPECT_EQ(count("conv_bias"), 5);
  expect_complaint("cells slstm --heads 5", 1, "5 heads do not divide 64 units");
}

TEST_F(CellsProgram, SaysWhatABlockPutsAroundACell) {
  const std::string text = run("cells gru --hidden 6 --inputs 6 --block mamba").out;
  for (const char* part :
       {"xnₜ = α ⊙ xₜ / xrₜ", "xcₜ = SiLU(conv(κ, xnₜ, xpₜ₋₁) + β)", "ozₜ = G xn", "hgₜ = hₜ ⊙ ogₜ",
        "hpₜ = M hg", "hoₜ = xbₜ + hpₜ", "gate_weight", "input beside the cell"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  expect_complaint("cells gru --block griffin", 1,
                   "there is no block 'griffin', expected one of mamba, xlstm, rwkv");
}

TEST_F(CellsProgram, TrainsInABlockOfTheField) {
  train("--block xlstm --cell mlstm,gru --hidden 8 --layers 2 --heads 2 --updates 3 --out " + at("b"));
  const Json models = Json::parse(read_file(at("b") + "/experiment.json")).at("models");
  for (const char* key : {"norm", "head_norm", "projection", "residual"}) {
    EXPECT_EQ(models.at(0).at(key), true) << key;
    EXPECT_EQ(models.at(1).at(key), true) << key;
  }
  EXPECT_EQ(models.at(0).contains("output_gate"), false) << "it has one of its own";
  EXPECT_EQ(models.at(1).at("output_gate"), true);
  EXPECT_EQ(models.at(1).at("heads"), 2);
  EXPECT_EQ(run("train --resume " + at("b") + " --updates 4").code, 0);
  EXPECT_EQ(run("sample --model " + at("b") + "/gru.safetensors --prompt the --length 5").code, 0);
  train("--block mamba --hidden 8 --embedding 8 --updates 2 --out " + at("m"));
  EXPECT_EQ(Json::parse(read_file(at("m") + "/experiment.json")).at("models").at(0).at("cell"), "s6");
  expect_complaint("train --block griffin --cell gru --updates 1 --out " + at("g"), 2,
                   "--block: there is no block 'griffin', expected one of mamba, xlstm, rwkv");
  expect_complaint("train --residual --bidirectional --cell gru --updates 1 --out " + at("g"), 2,
                   "/models/0/residual is true, expected false");
}

TEST_F(CellsProgram, TrainsBehindATokenShiftAndAConvolutionAndInHeads) {
  train("--cell gru,slstm --hidden 8 --token-shift --conv 4 --heads 2 --weight-decay 0.1 --updates 3 --out " +
        at("f"));
  const Json experiment = Json::parse(read_file(at("f") + "/experiment.json"));
  EXPECT_EQ(experiment.at("models").at(0).contains("heads"), false);
  EXPECT_EQ(experiment.at("models").at(1).at("heads"), 2);
  EXPECT_EQ(experiment.at("models").at(1).at("conv"), 4);
  EXPECT_EQ(experiment.at("models").at(1).at("token_shift"), true);
  EXPECT_EQ(experiment.at("training").at("optimizer").at("weight_decay"), 0.1);
  const Result trace =
      run("trace --model " + at("f") + "/slstm.safetensors --text 'the hat' --force 'xs[0-3]@2-=0' " +
          "--out " + at("f.json"));
  ASSERT_EQ(trace.code, 0) << trace.error;
  const Json layer = Json::parse(read_file(at("f.json"))).at("layers").at(0);
  EXPECT_EQ(layer.at("channels").size(), nn::find_cell("slstm").channels.size() + 4);
  EXPECT_EQ(layer.at("gradients").size(), nn::find_cell("slstm").states.size() + 2);
  EXPECT_EQ(run("sample --model " + at("f") + "/gru.safetensors --prompt the --length 5").code, 0);
  EXPECT_EQ(run("figure cell --model " + at("f") + "/gru.safetensors --text the --out " + at("f.svg")).code,
            0);
  const Result on = run("train --resume " + at("f") + " --updates 4");
  EXPECT_EQ(on.code, 0) << on.error;
  expect_complaint("train --cell gru --hidden 8 --heads 2 --updates 1 --out " + at("g"), 2,
                   "the cell gru is not cut into heads, expected 1, or one of slstm, rg_lru");
  expect_complaint("train --cell slstm --hidden 9 --heads 2 --updates 1 --out " + at("g"), 2,
                   "2 heads do not divide 9 units, expected one of 1, 3, 9");
  expect_complaint("train --cell gru --conv 1 --updates 1 --out " + at("g"), 2,
                   "conv is 1, expected 0 (none), or 2 to 64 steps");
}

TEST_F(CellsProgram, RefusesWhatIsNoCellOrNoSize) {
  expect_complaint("cells lsmt", 1, "there is no cell 'lsmt', expected one of rnn,");
  EXPECT_EQ(run("cells lstm --hidden 0").code, 2);
  EXPECT_EQ(run("cells --inputs many").code, 2);
}

TEST_F(CellsProgram, TrainsAndTracesEveryCell) {
  for (const nn::CellInfo* cell : nn::all_cells()) {
    const std::string key(cell->key);
    train("--cell " + key + " --hidden 8 --updates 3 --out " + at(key));
    const Result trace =
        run("trace --model " + at(key) + "/model.safetensors --text 'the hat' --out " + at(key + ".json"));
    ASSERT_EQ(trace.code, 0) << trace.error;
    const Json layer = Json::parse(read_file(at(key + ".json"))).at("layers").at(0);
    EXPECT_EQ(layer.at("channels").size(), cell->channels.size());
    EXPECT_EQ(layer.at("gradients").size(), cell->states.size() + (cell->is_state(cell->output) ? 0U : 1U));
  }
}

}  // namespace
}  // namespace gatescope
