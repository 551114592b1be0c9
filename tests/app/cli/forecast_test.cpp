// A series from a file or the program, learnt, measured and forecast, as a user does it.

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "program.h"

namespace gatescope {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST_F(Program, LearnsMeasuresAndForecastsASeries) {
  train(
      "--series airline --scaling log_difference --window 24 --horizon 12 --held-out 0.3 --cell gru --hidden "
      "12 "
      "--rate 0.01 --updates 200 --batch 16 --samples --threads 1 --out " +
      at("run"));
  const std::string model = " --model " + at("run/model.safetensors");
  const Result measured = run("evaluate" + model + " --json " + at("e.json"));
  ASSERT_EQ(measured.code, 0) << measured.error;
  for (const char* said :
       {"naive  ", "seasonal naive", "drift", "MASE", "best lag", "80 % band", "from 32 origins"})
    EXPECT_NE(measured.out.find(said), std::string::npos) << said << "\n" << measured.out;
  const auto json = nlohmann::json::parse(read_file(at("e.json")));
  EXPECT_EQ(json["task"]["series"], "airline");
  const auto& column = json["forecasts"]["columns"][0];
  EXPECT_EQ(json["forecasts"]["origins"].size(), 32u);
  EXPECT_EQ(column["methods"]["network"]["ahead"].size(), 12u);
  EXPECT_EQ(column["methods"]["naive"]["count"], 12 * 32);
  EXPECT_NEAR(
      column["skill"].get<double>(),
      1 - column["methods"]["network"]["mae"].get<double>() / column["methods"]["naive"]["mae"].get<double>(),
      1e-9);
  const Result forecast = run("forecast" + model);
  ASSERT_EQ(forecast.code, 0) << forecast.error;
  const auto lines = lines_of(forecast.out);
  ASSERT_EQ(lines.size(), 13u);
  EXPECT_EQ(lines[0], "time,thousands,thousands_low,thousands_high");
  EXPECT_EQ(lines[1].substr(0, 8), "1961-01,");
  EXPECT_EQ(lines[12].substr(0, 8), "1961-12,");
  // Forced, the future is another one.
  const Result forced = run("forecast" + model + " --force z=1");
  ASSERT_EQ(forced.code, 0) << forced.error;
  EXPECT_NE(forced.out, forecast.out);
  // As it was known ten years before.
  const Result early = run("forecast" + model + " --after 23 --out " + at("early.csv"));
  ASSERT_EQ(early.code, 0) << early.error;
  EXPECT_EQ(lines_of(read_file(at("early.csv")))[1].substr(0, 8), "1951-01,");
}

TEST_F(Program, LearnsAFileWithGapsAndGoesOnFromAnotherFolder) {
  std::string table = "date,load,holiday\n";
  for (int k = 0; k < 200; ++k)
    table += fmt::format("2020-{:02}-{:02},{},{}\n", k / 28 + 1, k % 28 + 1,
                         k == 17 ? "NA" : fmt::format("{}", 10 + k % 7), k % 7 == 0 ? 1 : 0);
  write_file(at("load.csv"), table);
  const Result first =
      run("train --series " + at("load.csv") +
          " --given holiday --window 14 --horizon 7 --cell lstm --hidden 8 --updates 20 --batch 8 "
          "--threads 1 --out " +
          at("run"));
  ASSERT_EQ(first.code, 0) << first.error;
  EXPECT_NE(first.error.find("1 value is missing (line 19)"), std::string::npos) << first.error;
  EXPECT_EQ(run("train --resume " + at("run") + " --updates 40").code, 0);
  const Result forecast = run("forecast --model " + at("run/model.safetensors"));
  ASSERT_EQ(forecast.code, 0) << forecast.error;
  EXPECT_EQ(lines_of(forecast.out)[0], "time,load,load_low,load_high");
  const Result figure =
      run("figure forecast --model " + at("run/model.safetensors") + " --sequence 3 --out " + at("f.svg"));
  ASSERT_EQ(figure.code, 0) << figure.error;
  EXPECT_NE(read_file(at("f.svg")).find("forecast"), std::string::npos);
  // The same file with more rows is forecast as it was learnt, and says so; to go on learning is another
  // thing.
  write_file(at("load.csv"), table + "2020-09-01,3,0\n2020-09-02,4,0\n2020-09-03,,0\n2020-09-04,,1\n");
  const Result later = run("forecast --model " + at("run/model.safetensors"));
  ASSERT_EQ(later.code, 0) << later.error;
  EXPECT_NE(later.error.find("its first 160 rows count as learnt"), std::string::npos) << later.error;
  EXPECT_EQ(lines_of(later.out)[1].substr(0, 11), "2020-09-03,") << "behind the last row that is known";
  const Result other = run("train --resume " + at("run") + " --updates 60");
  EXPECT_NE(other.code, 0);
}

TEST_F(Program, SeriesSayWhatIsWrong) {
  const std::string small = " --cell gru --hidden 4 --updates 1 --threads 1 --out " + at("run");
  expect_complaint("train --series nothing" + small, 1, "no such file, and none of sunspots, airline");
  expect_complaint("train --series sunspots --window 5000" + small, 1, "choose a window of");
  expect_complaint("train --series sunspots --horizon 0" + small, 2, "--horizon 0: /task/horizon is 0");
  expect_complaint("train --series sunspots --bidirectional" + small, 1, "choose one direction");
  expect_complaint("train --series sunspots --columns a" + small, 1, "has its own columns");
  expect_complaint("train --series sunspots --scaling log" + small, 1,
                   "has 0 at 1711, and only numbers above 0 have a logarithm");
  expect_complaint("train --task parity --series sunspots" + small, 2, "the task parity has no series");
  expect_complaint("train --task parity --scaling log" + small, 2, "only --task series has");
  expect_complaint("train --series sunspots --held-out 0.95" + small, 2, "--held-out 0.95");
  write_file(at("bad.csv"), "t,x\n1,2\n2,three\n");
  expect_complaint("train --series " + at("bad.csv") + small, 1, "line 3: the column \"x\" has \"three\"");
  train("--task parity --length 6" + small);
  expect_complaint("forecast --model " + at("run/model.safetensors"), 2, "only a model of --task series can");
  train("--series lynx --window 12 --horizon 3 --cell gru --hidden 4 --updates 1 --threads 1 --out " +
        at("lynx"));
  const std::string model = " --model " + at("lynx/model.safetensors");
  expect_complaint("forecast" + model + " --after 3", 2, "expected a row from 11 to 113");
  expect_complaint("forecast" + model + " --after 114", 2, "expected a row from 11 to 113");
  expect_complaint("forecast" + model + " --series lorenz", 1, "the task has 3 values");
  expect_complaint("forecast" + model + " --scaling log", 2, "has learnt to read another one");
  expect_complaint("evaluate" + model + " --horizon 60", 1, "the first 91 were learnt");
  expect_complaint("forecast" + model + " --after 9223372036854775807", 2, "expected a row from 11 to 113");
  expect_complaint("series nothing", 2, "gatescope series lists them");
}

TEST_F(Program, PrintsTheSeriesItHasAsTables) {
  const Result list = run("series");
  ASSERT_EQ(list.code, 0);
  EXPECT_EQ(lines_of(list.out).size(), 11u);
  const Result table = run("series airline");
  const auto lines = lines_of(table.out);
  ASSERT_EQ(lines.size(), 145u);
  EXPECT_EQ(lines[0], "time,thousands");
  EXPECT_EQ(lines[1], "1949-01,112");
  // A table of its own is a series of the same numbers.
  write_file(at("airline.csv"), table.out);
  const std::string rest = " --window 12 --horizon 3 --cell gru --hidden 4 --updates 5 --threads 1 --out ";
  train("--series " + at("airline.csv") + " --season 12" + rest + at("a"));
  train("--series airline" + rest + at("b"));
  EXPECT_EQ(run("forecast --model " + at("a/model.safetensors")).out,
            run("forecast --model " + at("b/model.safetensors")).out);
}

}  // namespace
}  // namespace gatescope
