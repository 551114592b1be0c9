#include "core/json/json_fields.h"

#include <gtest/gtest.h>

#include <array>

#include "tests/error_of.h"

namespace gatescope {
namespace {

using nlohmann::json;

enum class Colour { red, green };
constexpr std::array<std::pair<std::string_view, Colour>, 2> kColours{
    {{"red", Colour::red}, {"green", Colour::green}}};

struct Wheel {
  double radius = 0.5;
  std::optional<int> spokes;

  bool operator==(const Wheel&) const = default;
};

struct Car {
  std::string name;
  Colour colour = Colour::green;
  int doors = 4;
  std::uint64_t number = 7;
  float load = 1.5f;
  bool roof = true;
  std::vector<std::string> owners;
  Wheel wheel;
  std::optional<Wheel> spare;
  std::optional<double> speed = 3;
  std::string path = "/";

  bool operator==(const Car&) const = default;
};

constexpr auto kWheelFields = [](auto& self, auto& field) {
  field("radius", self.radius, range_below(0, 1));
  field.unless_usual("spokes", self.spokes, range(3, 100));
};

constexpr auto kCarFields = [](auto& self, auto& field) {
  field.aside("name", self.name);
  field("colour", self.colour, one_of(kColours));
  field("doors", self.doors, range(1, 5));
  field.check("doors", self.doors != 3, "1, 2, 4 or 5 doors");
  field.unless_usual("number", self.number);
  field.unless_usual("load", self.load, range(0, 9));
  field.unless_usual("roof", self.roof);
  if (self.roof) field.unless_usual("owners", self.owners);
  field.unless_usual("wheel", self.wheel, object(kWheelFields));
  field.unless_usual("spare", self.spare, object(kWheelFields));
  field("speed", self.speed, or_null(range(0, 300)));
  field("path", self.path,
        by([](JsonReader& reader, std::string_view key) { return "/" + reader.get(key, ""); },
           [](const std::string& path) { return path.substr(1); }));
  field.after(self, [](auto& car) { car.path += "/"; });
};

Car read(const char* text) {
  const json object = json::parse(text);
  return read_fields<Car>(kCarFields, {object, "/car", "f"});
}
std::string error_of_car(const char* text) {
  return error_of([&] { read(text); });
}

TEST(JsonFields, LeavesOutWhatIsUsualAndWritesTheRest) {
  Car car;
  EXPECT_EQ(write_fields(kCarFields, car),
            json::parse(R"({"name":"","colour":"green","doors":4,"speed":3.0,"path":""})"));
  car.number = 18446744073709551615u;
  car.load = 2.5f;
  car.roof = false;
  car.owners = {"a"};  // no field of one without a roof
  car.wheel.spokes = 12;
  car.spare.emplace();
  car.speed.reset();
  car.path = "/home";
  EXPECT_EQ(write_fields(kCarFields, car), json::parse(R"({"name":"","colour":"green","doors":4,
      "number":18446744073709551615,"load":2.5,"roof":false,"wheel":{"radius":0.5,"spokes":12},
      "spare":{"radius":0.5},"speed":null,"path":"home"})"));
}

TEST(JsonFields, ReadsWhatIsThereAndLeavesTheRestUsual) {
  Car usual;
  usual.path = "//";
  EXPECT_EQ(read("{}"), usual);
  Car car{.name = "x", .colour = Colour::red, .doors = 2, .load = 9, .owners = {"a", "b"}, .path = "/p/"};
  car.wheel.radius = 0.25;
  car.spare = Wheel{0.5, 3};
  car.speed.reset();
  EXPECT_EQ(read(R"({"name":"x","colour":"red","doors":2,"load":9,"owners":["a","b"],"wheel":{"radius":0.25},
                     "spare":{"spokes":3},"speed":null,"path":"p"})"),
            car);
  json written = write_fields(kCarFields, car);
  written["path"] = "p";
  EXPECT_EQ(read_fields<Car>(kCarFields, {written, ""}), car);
}

TEST(JsonFields, NamesTheKeyThatNoFieldHas) {
  EXPECT_EQ(
      error_of_car(R"({"dors":2})"),
      "'f': /car/dors is not known; did you mean \"doors\"? Allowed there: name, colour, doors, number, "
      "load, roof, owners, wheel, spare, speed, path");
  EXPECT_EQ(error_of_car(R"({"spare":{"spoke":3,"spokes":4}})"),
            "'f': /car/spare/spoke is not known; did you mean \"spokes\"? Allowed there: radius, spokes");
  EXPECT_NE(error_of_car(R"({"roof":false,"owners":[]})").find("/car/owners is not known"), std::string::npos)
      << "no field where another one says so";
}

TEST(JsonFields, SaysWhatAFieldShouldBe) {
  const std::array<std::pair<const char*, const char*>, 14> wrong{{
      {R"({"name":1})", "/name is 1, expected a string"},
      {R"({"colour":"blue"})", "/colour is \"blue\", expected one of \"red\", \"green\""},
      {R"({"doors":6})", "/doors is 6, expected a whole number from 1 to 5"},
      {R"({"doors":1.5})", "/doors is 1.5, expected a whole number from 1 to 5"},
      {R"({"doors":3})", "/doors is 3, expected 1, 2, 4 or 5 doors"},
      {R"({"number":-1})", "/number is -1, expected a whole number"},
      {R"({"load":9.5})", "/load is 9.5, expected a number from 0 to 9"},
      {R"({"roof":0})", "/roof is 0, expected true or false"},
      {R"({"owners":[1]})", "/owners/0 is 1, expected a string"},
      {R"({"wheel":{"radius":1}})", "/wheel/radius is 1, expected a number from 0 to below 1"},
      {R"({"wheel":{"spokes":null}})", "/wheel/spokes is null, expected a whole number from 3 to 100"},
      {R"({"spare":null})", "/spare is null, expected an object"},
      {R"({"speed":301})", "/speed is 301, expected a number from 0 to 300"},
      {R"({"path":[]})", "/path is an array, expected a string"},
  }};
  for (const auto& [text, expected] : wrong)
    EXPECT_EQ(error_of_car(text), std::string("'f': /car") + expected) << text;
}

TEST(JsonFields, TheFirstErrorIsThatOfTheFirstField) {
  EXPECT_EQ(error_of_car(R"({"zzz":1,"roof":0,"colour":1})"),
            "'f': /car/colour is 1, expected one of \"red\", \"green\"");
}

TEST(JsonFields, AnArrayNamesThePlaceOfWhatIsWrongInIt) {
  struct Garage {
    std::vector<Wheel> wheels;
  };
  constexpr auto read_wheel = [](const json& wheel, const std::string& pointer, const std::string& origin) {
    return read_fields<Wheel>(kWheelFields, {wheel, pointer, origin});
  };
  constexpr auto write_wheel = [](const Wheel& wheel) { return write_fields(kWheelFields, wheel); };
  const auto list = [=](auto& self, auto& field) {
    field("wheels", self.wheels, array_by(read_wheel, write_wheel, 2, "one wheel or two"));
  };
  const auto read_garage = [&](const char* text) {
    const json object = json::parse(text);
    return read_fields<Garage>(list, {object, "/g", "f"});
  };
  EXPECT_TRUE(read_garage("{}").wheels.empty());
  const Garage garage = read_garage(R"({"wheels":[{},{"radius":0.25}]})");
  EXPECT_EQ(garage.wheels, (std::vector<Wheel>{{}, {0.25, {}}}));
  EXPECT_EQ(write_fields(list, garage), json::parse(R"({"wheels":[{"radius":0.5},{"radius":0.25}]})"));
  for (const char* text : {R"({"wheels":[]})", R"({"wheels":[{},{},{}]})"})
    EXPECT_EQ(error_of([&] { read_garage(text); }), "'f': /g/wheels is an array, expected one wheel or two");
  EXPECT_EQ(error_of([&] { read_garage(R"({"wheels":[{},{"radius":-1}]})"); }),
            "'f': /g/wheels/1/radius is -1, expected a number from 0 to below 1");
}

TEST(JsonFields, ComparesAllThatDoesNotStandAside) {
  const Car car;
  Car other = car;
  other.name = "another";
  EXPECT_EQ(compared_fields(kCarFields, other), compared_fields(kCarFields, car));
  other.spare.emplace();
  EXPECT_NE(compared_fields(kCarFields, other), compared_fields(kCarFields, car));
  EXPECT_EQ(compared_fields(kCarFields, other)["spare"], json::parse(R"({"radius":0.5})"));
  other = car;
  other.doors = 2;
  EXPECT_NE(compared_fields(kCarFields, other), compared_fields(kCarFields, car));
}

}  // namespace
}  // namespace gatescope
