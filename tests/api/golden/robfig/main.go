// Writes the tables that tests/api compares with: what Kubernetes' own cron library and Go's duration parser answer.
//
//	go run . schedules > ../robfig.json
//	go run . durations > ../go_durations.json
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/robfig/cron/v3"
)

// Fires asked for after each start.
const chain = 3

// Where the clocks of each zone change, and quiet times: searches start on each side of these.
var starts = map[string][]string{
	"UTC":                 {"2024-02-27T23:59:30Z", "2023-12-31T23:00:00Z"},
	"Asia/Kolkata":        {"2024-02-28T18:15:00Z"},
	"America/New_York":    {"2024-03-09T20:00:00Z", "2024-03-10T06:30:15Z", "2024-11-02T20:00:00Z", "2024-11-03T05:15:00Z"},
	"Europe/Berlin":       {"2024-03-30T12:00:00Z", "2024-03-31T00:45:00Z", "2024-10-26T12:00:00Z", "2024-10-27T00:10:00Z"},
	"Australia/Lord_Howe": {"2024-04-06T02:00:00Z", "2024-04-06T14:40:00Z", "2024-10-05T02:00:00Z", "2024-10-05T15:10:00Z"},
	"America/Sao_Paulo":   {"2018-11-01T12:00:00Z", "2018-11-04T03:20:00Z", "2018-02-16T12:00:00Z", "2018-02-18T01:40:00Z"},
	"Asia/Beirut":         {"2022-03-24T12:00:00Z", "2022-03-27T00:30:00Z", "2022-10-28T12:00:00Z"},
	"America/Asuncion":    {"2017-09-28T12:00:00Z", "2017-10-03T12:00:00Z", "2018-03-23T12:00:00Z"},
	"Africa/Casablanca":   {"2024-03-09T12:00:00Z", "2024-04-13T12:00:00Z"},
	"Pacific/Apia":        {"2011-12-29T09:00:00Z", "2012-03-31T09:00:00Z", "2012-09-29T09:00:00Z"},
}

// Schedules whose fires are asked for in every zone from every start.
var schedules = []string{
	"@hourly", "@daily", "@weekly", "@monthly", "@yearly",
	"* * * * *", "*/20 * * * *", "30 * * * *", "5/25 * * * *",
	"0 0 * * *", "30 1 * * *", "0 2 * * *", "15,45 2 * * *", "0 3 * * *", "45 23 * * *", "30 0-3 * * *",
	"0 */3 * * *", "10 1-23/2 * * *",
	"0 0 * * sun", "30 1 * * 0", "15 0 4,18,24-31 * *", "30 5 27 MAR ?", "0 0 1 12 *", "0 12 13 * FRI", "0 6 */2 * mon",
	"0 6 * * */2", "0 6 1 * */1", "0 0 29 2 *", "0 0 31 2 *", "30 2 10 3 *",
}

// Texts that are only parsed. An empty answer means accepted.
var texts = []string{
	"", " ", "@hourly", "@Hourly", "@hourly ", " @hourly", "@annually", "@midnight", "@reboot", "@every", "@every x",
	"* * * *", "* * * * *", "* * * * * *", " 0  0\t* * * ", "? ? ? ? ?", "*/1 * * * *", "*/60 * * * *", "*/0 * * * *",
	"*/-1 * * * *", "*/+2 * * * *", "*/x * * * *", "*/ * * * *", "/5 * * * *", "1/2/3 * * * *", "1-2-3 * * * *",
	"-1 * * * *", "1- * * * *", "5-1 * * * *", "+5 * * * *", "007 * * * *", "1_0 * * * *", "1.5 * * * *", "1e1 * * * *",
	"59 * * * *", "60 * * * *", "0-60 * * * *", "* 23 * * *", "* 24 * * *", "* 22-5 * * *", "* * 0 * *", "* * 31 * *",
	"* * 32 * *", "* * * 0 *", "* * * 12 *", "* * * 13 *", "* * * jan *", "* * * JAN-dec/3 *", "* * * January *",
	"* * * dec-jan *", "* * * * 0", "* * * * 6", "* * * * 7", "* * * * 0-7", "* * * * sun-SAT", "* * * * sat-sun",
	"* * * * Monday", "mon * * * *", "* * mon * *", "* * L * *", "* * 15W * *", "* * * * 5L", "* * * * mon#1", "* * * * 5#2",
	"1,,2 * * * *", "1, * * * *", ",1 * * * *", "*,5 * * * *", "*-5 * * * *", "?/15 * * * *", "0/99999999999999999999 * * * *",
	"99999999999999999999 * * * *", "H * * * *", "0 0 ? * mon-fri", "0 0 1W * ?", "0 0 30 2 *", "\u00a00 0 * * *",
}

var durations = []string{
	"", "0", "-0", "+0", "00", "5", "0s", "1h30m", "90s", "500ms", "168h", "1.5h", ".5h", "1.h", ".", ".s", "-5m", "+5m", "--5m",
	"- 5m", "1h 30m", " 1h", "1h ", "1H", "1d", "1w", "PT1H", "1h-5m", "1us", "1\u00b5s", "1\u03bcs", "1000ns", "1.5us", "1m1m",
	"0.1h", "0.000001s", "3.141592s", "2562047h", "2562048h", "2562047h47m16s", "2562047h47m16.854775s", "2562047h47m17s",
	"1e3s", "1_000s", "1,5h", "1s.", "s", "1ss", "0.0000000000000000000000001h", "10m0.s", "\u0661h",
}

type fires struct {
	Zone     string   `json:"zone"`
	Schedule string   `json:"schedule"`
	After    string   `json:"after"`
	Fires    []string `json:"fires"`
}

type verdict struct {
	Text     string `json:"text"`
	Accepted bool   `json:"accepted"`
}

type duration struct {
	Text        string `json:"text"`
	Accepted    bool   `json:"accepted"`
	Nanoseconds int64  `json:"nanoseconds"`
}

// next answers nil if there is no fire within the library's limit, and false if the search does not end.
func next(schedule cron.Schedule, after time.Time) (*time.Time, bool) {
	answer := make(chan time.Time, 1)
	go func() { answer <- schedule.Next(after) }()
	select {
	case fire := <-answer:
		if fire.IsZero() {
			return nil, true
		}
		return &fire, true
	case <-time.After(2 * time.Second):
		return nil, false
	}
}

// follow asks for a chain of fires; it answers false if a search does not end.
func follow(schedule cron.Schedule, after time.Time) ([]string, bool) {
	found := []string{}
	for range chain {
		fire, ended := next(schedule, after)
		if !ended {
			return nil, false
		}
		if fire == nil {
			break
		}
		found = append(found, fire.UTC().Format(time.RFC3339))
		after = *fire
	}
	return found, true
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

// printLines writes one JSON value to a line, so that a change shows as a line in a comparison.
func printLines[T any](name string, values []T, last bool) {
	fmt.Printf("%q: [\n", name)
	for i, value := range values {
		comma := ","
		if i == len(values)-1 {
			comma = ""
		}
		fmt.Printf("%s%s\n", must(json.Marshal(value)), comma)
	}
	if last {
		fmt.Println("]}")
	} else {
		fmt.Println("],")
	}
}

func printSchedules() {
	var table []fires
	zones := []string{
		"UTC", "Asia/Kolkata", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Beirut",
		"America/Asuncion", "Africa/Casablanca", "Pacific/Apia",
	}
	for _, zone := range zones {
		location := must(time.LoadLocation(zone))
		for _, start := range starts[zone] {
			after := must(time.Parse(time.RFC3339, start))
			for _, text := range schedules {
				if found, ended := follow(must(cron.ParseStandard(text)), after.In(location)); ended {
					table = append(table, fires{zone, text, start, found})
				}
			}
		}
	}
	var verdicts []verdict
	for _, text := range texts {
		_, err := cron.ParseStandard(text)
		verdicts = append(verdicts, verdict{text, err == nil})
	}
	fmt.Print("{")
	printLines("fires", table, false)
	printLines("texts", verdicts, true)
}

func printDurations() {
	var table []duration
	for _, text := range durations {
		parsed, err := time.ParseDuration(text)
		table = append(table, duration{text, err == nil, parsed.Nanoseconds()})
	}
	fmt.Print("{")
	printLines("durations", table, true)
}

func main() {
	switch {
	case len(os.Args) == 2 && os.Args[1] == "schedules":
		printSchedules()
	case len(os.Args) == 2 && os.Args[1] == "durations":
		printDurations()
	default:
		fmt.Fprintln(os.Stderr, "usage: go run . schedules | durations")
		os.Exit(2)
	}
}
