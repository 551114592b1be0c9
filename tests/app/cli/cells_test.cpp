#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

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
      EXPECT_EQ(parameter.at("sizes").at(0), found->rows) << parameter;
      EXPECT_EQ(parameter.at("sizes").size(), found->is_vector ? 1U : 2U) << parameter;
      if (!found->is_vector) {
        EXPECT_EQ(parameter.at("sizes").at(1), found->cols) << parameter;
      }
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
        "4 H x I = 32 x 5 ", "4 H x H = 32 x 8 ", "4 H = 32 ", "256", "4 times as many as an RNN"})
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

TEST_F(CellsProgram, SaysWhatAWidthAndAStateSizeMake) {
  const std::string text =
      run("cells mamba --hidden 24 --inputs 12 --block mamba --width 12 --state-size 4").out;
  for (const char* part : {"H x N = 24 x 4 ", "E x H = 12 x 24 ", "H x 4 = 24 x 4 ",
                           "N = 4: numbers that a unit", "R = 1: ", "E = 12: numbers that leave the layer"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  expect_complaint("cells lstm --state-size 4", 1,
                   "the cell lstm says its own, expected none, or one of s6, mamba");
  expect_complaint("cells lstm --width 4", 1, "64 units leave 4 numbers by a projection alone");
}

TEST_F(CellsProgram, SaysWhatAFilterOfTheInputAndHeadsAdd) {
  const std::string text = run("cells slstm --hidden 6 --inputs 5 --heads 2 --token-shift --conv 4").out;
  for (const char* part : {"xsₜ = μ ⊙ xₜ + (1 − μ) ⊙ xₜ₋₁", "xcₜ = SiLU(conv(κ, xsₜ, xpₜ₋₁) + β)",
                           "zₜ = tanh(W_z xc + U_z h + b_z)", "past of the convolution, carried over",
                           "I x (W-1)", "d = H / G = 3", "here G = 2."})
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

/// The numbers of a shape in symbols, "4 H x I".
std::vector<Index> resolved(const std::string& shape, const Json& symbols) {
  std::vector<Index> sizes{1};
  std::istringstream words(shape);
  for (std::string word; words >> word;) {
    if (word == "x")
      sizes.push_back(1);
    else if (std::isdigit(static_cast<unsigned char>(word[0])))
      sizes.back() *= std::stol(word);
    else if (word == "(W-1)")
      sizes.back() *= symbols.at("W").get<Index>() - 1;
    else
      sizes.back() *= symbols.at(word).get<Index>();
  }
  return sizes;
}

TEST_F(CellsProgram, SaysWhatEverySymbolOfAShapeStandsFor) {
  const Json all =
      Json::parse(run("cells --json --hidden 12 --inputs 5 --heads 3 --conv 4 --block mamba").out);
  ASSERT_EQ(all.at("cells").size(), nn::all_cells().size());
  int in_heads = 0;
  for (const Json& cell : all.at("cells")) {
    const Json& symbols = cell.at("sizes");
    in_heads += symbols.value("G", 1) == 3;
    const auto check = [&](const Json& row) {
      Index by_symbols = 1, by_sizes = 1;
      for (const Index size : resolved(row.at("shape").get<std::string>(), symbols)) by_symbols *= size;
      for (const Json& size : row.at("sizes")) by_sizes *= size.get<Index>();
      EXPECT_EQ(by_symbols, by_sizes) << cell.at("key") << row;
      return by_sizes;
    };
    for (const Json& channel : cell.at("channels")) check(channel);
    for (const Json& parameter : cell.at("parameters"))
      EXPECT_EQ(check(parameter), parameter.at("count").get<Index>()) << parameter;
  }
  EXPECT_EQ(in_heads, std::ranges::count_if(nn::all_cells(),
                                            [](const nn::CellInfo* cell) { return cell->has_heads(); }))
      << "without a name --heads is for those that have some";
  EXPECT_NE(run("cells mlstm --hidden 12 --heads 3").out.find("G x N"), std::string::npos);
}

TEST_F(CellsProgram, TellsTheBlocksOfAParameterApart) {
  const auto has = [&](const std::string& cell, std::initializer_list<const char*> lines) {
    const std::string text = run("cells " + cell).out;
    for (const char* line : lines)
      EXPECT_NE(text.find("\n  " + std::string(line) + "\n"), std::string::npos) << line << "\n" << text;
  };
  has("mlstm", {"qₜ = W_q x", "kₜ = W_k x", "Iₜ = V_I x + b_I", "Fₜ = V_F x + b_F", "oₜ = σ(W_o x + b_o)"});
  has("lstm_peephole",
      {"fₜ = σ(W_f x + U_f h + p_f ⊙ cₜ₋₁ + b_f)", "oₜ = σ(W_o x + U_o h + p_o ⊙ cₜ + b_o)"});
  has("gru", {"qₜ = U_q h + b_q", "nₜ = tanh(W_n x + b_n + rₜ ⊙ qₜ)"});
  has("janet", {"iₜ = σ(1 − (W_f x + U_f h + b_f))"});
  has("s6", {"vₜ = W_v x + b_v", "dtₜ = softplus(V r + b_dt)", "Bₜ = Q u", "Kₜ = exp(−dtₜ ⊙ exp(A))"});
  has("mamba",
      {"cₜ = T_c ⊙ vₜ + c1ₜ₋₁ + b_c", "c2ₜ = T_c2 ⊙ vₜ + c3ₜ₋₁", "c3ₜ = T_c3 ⊙ vₜ", "uₜ = SiLU(cₜ)"});
  has("rnn", {"aₜ = W x + U h + b"});
  // No two lines of any cell say the same.
  const Json all = Json::parse(run("cells --json").out);
  for (const Json& cell : all.at("cells")) {
    std::set<std::string> right;
    for (const Json& each : cell.at("equations")) {
      const auto equation = each.get<std::string>();
      EXPECT_TRUE(right.insert(equation.substr(equation.find(" = "))).second) << cell.at("key") << equation;
    }
  }
}

TEST_F(CellsProgram, RefusesWhatIsNoCellOrNoSize) {
  expect_complaint("cells lsmt", 1, "there is no cell 'lsmt', expected one of rnn,");
  expect_complaint("cells \"\"", 1, "there is no cell '', expected one of rnn,");
  expect_complaint("cells lstm --heads 4", 1, "the cell lstm is not cut into heads");
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
