#include "core/plot/csv.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>
#include <streambuf>

namespace gatescope::plot {

TEST(Csv, IsOneTidyTableWithUnitsInItsHeader) {
  Figure figure;
  figure.panels.push_back({.title = "loss",
                           .x = {.title = "update"},
                           .y = {.title = "loss", .unit = "bits"},
                           .marks = {Line{.name = "LSTM, 64", .x = {0, 10}, .y = {2.5, std::nan("")}},
                                     Band{.name = "spread", .low = {1}, .high = {3}}}});
  EXPECT_EQ(to_csv(figure),
            "panel,mark,series,update,loss (bits),value,label\n"
            "loss,line,\"LSTM, 64\",0,2.5,,\n"
            "loss,line,\"LSTM, 64\",10,nan,,\n"
            "loss,band low,spread,0,1,,\n"
            "loss,band high,spread,0,3,,\n");
}

/// Takes whatever is written to it and remembers the longest piece.
struct Pieces : std::streambuf {
  std::string all;
  std::streamsize longest = 0;

 protected:
  std::streamsize xsputn(const char* bytes, std::streamsize count) override {
    all.append(bytes, static_cast<std::size_t>(count));
    longest = std::max(longest, count);
    return count;
  }
};

TEST(Csv, OfALargeMatrixIsWrittenInPieces) {
  Figure figure;
  figure.panels.push_back({.marks = {Heatmap{.values = {100, 1000, std::vector<float>(100000, 0.5F)}}}});
  Pieces pieces;
  std::ostream out(&pieces);
  write_csv(out, figure);
  EXPECT_EQ(std::ranges::count(pieces.all, '\n'), 100001);
  EXPECT_TRUE(pieces.all.ends_with("1,cell,,999,99,0.5,\n"));
  EXPECT_LT(pieces.longest, 100000);
  EXPECT_EQ(pieces.all, to_csv(figure));
}

TEST(Csv, HoldsTheStepsThatTheFigureShowsAndAllOfWhatIsNotOverSteps) {
  const Axis steps{.title = "t", .counts = Counts::steps};
  Figure figure;
  figure.panels.push_back(
      {.title = "lane",
       .x = steps,
       .marks = {Heatmap{.name = "f", .values = {1, 4, {0, 1, 2, 3}}}, Line{.name = "c", .y = {5, 6, 7, 8}},
                 Spans{.intervals = {{-0.5, 0.5}, {0.5, 1.5}}}, Rule{.at = 2.5, .label = "cut"},
                 Rule{.at = 3.5, .label = "out"},
                 Band{.name = "b", .x = {0, 1}, .low = {0, 0}, .high = {1, 2}},
                 Columns{.name = "g", .x = {3, 2}, .values = {0.5, 0.25}}}});
  figure.panels.push_back({.title = "lags", .x = {.title = "t"}, .marks = {Line{.name = "d", .y = {9, 10}}}});
  figure.steps = Steps{1, 2};
  EXPECT_EQ(to_csv(figure),
            "panel,mark,series,t,y,value,label\n"
            "lane,cell,f,1,0,1,\n"
            "lane,cell,f,2,0,2,\n"
            "lane,line,c,1,6,,\n"
            "lane,line,c,2,7,,\n"
            "lane,span start,,0.5,,,\n"
            "lane,span end,,1.5,,,\n"
            "lane,rule,,2.5,,,cut\n"
            "lane,band low,b,1,0,,\n"
            "lane,band high,b,1,2,,\n"
            "lane,column,g,2,0.25,,\n"
            "lags,line,d,0,9,,\n"
            "lags,line,d,1,10,,\n");
}

TEST(Csv, SaysTheQuantityRowByRowWherePanelsDiffer) {
  Figure figure;
  figure.panels.push_back(
      {.title = "c", .x = {.title = "step"}, .y = {.title = "c"}, .marks = {Line{.y = {1}}}});
  figure.panels.push_back(
      {.title = "h", .x = {.title = "step"}, .y = {.title = "h"}, .marks = {Line{.y = {2}}}});
  EXPECT_EQ(to_csv(figure),
            "panel,mark,series,step,y,value,label,y_quantity\n"
            "c,line,,0,1,,,c\n"
            "h,line,,0,2,,,h\n");
}

TEST(Csv, FloatsHaveTheirShortestDigitsAndDoublesTheirs) {
  Figure figure;
  figure.panels.push_back(
      {.title = "p",
       .marks = {Heatmap{.name = "f",
                         .values = Matrix(1, 2, {0.1f, std::numeric_limits<float>::infinity()}),
                         .labels = {"a", "\""}},
                 Line{.y = {0.1, 1.0 / 3}}}});
  EXPECT_EQ(to_csv(figure),
            "panel,mark,series,x,y,value,label\n"
            "p,cell,f,0,0,0.1,a\n"
            "p,cell,f,1,0,inf,\"\"\"\"\n"
            "p,line,,0,0.1,,\n"
            "p,line,,1,0.3333333333333333,,\n");
}

TEST(Csv, CarriesEveryOtherKindOfMark) {
  Figure figure;
  figure.panels.push_back(
      {.marks = {Bars{.name = "p", .categories = {"e", "t"}, .values = {0.5, 0.25}, .horizontal = true},
                 TextStrip{.name = "h", .characters = {"a", "\n"}, .values = {-1, 1}},
                 Spans{.name = "forced", .intervals = {{3, 5}}}, Note{.x = 1, .y = 2, .text = "peak"},
                 Rule{.at = 7, .vertical = false, .label = "limit"}, Cursor{.x = 1}}});
  EXPECT_EQ(to_csv(figure),
            "panel,mark,series,x,y,value,label\n"
            "1,bar,p,0.5,0,,e\n"
            "1,bar,p,0.25,1,,t\n"
            "1,character,h,0,,-1,a\n"
            "1,character,h,1,,1,\"\n\"\n"
            "1,span start,forced,3,,,\n"
            "1,span end,forced,5,,,\n"
            "1,note,,1,2,,peak\n"
            "1,rule,,,7,,limit\n");
}

TEST(Csv, RowsOfAHeatmapHaveTheNamesOfTheAxis) {
  Figure figure;
  Panel panel{.title = "p", .marks = {Heatmap{.name = "belief", .values = Matrix(2, 1, {0.25f, 0.75f})}}};
  panel.y.ticks = {{0, "XY"}, {1, "YX"}};
  figure.panels.push_back(std::move(panel));
  EXPECT_EQ(to_csv(figure),
            "panel,mark,series,x,y,value,label\n"
            "p,cell,belief,0,0,0.25,XY\n"
            "p,cell,belief,0,1,0.75,YX\n");
}

TEST(Csv, OfAnEmptyFigureIsItsHeader) {
  EXPECT_EQ(to_csv({}), "panel,mark,series,x,y,value,label\n");
}

}  // namespace gatescope::plot
