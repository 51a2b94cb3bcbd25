package main

import (
	"bytes"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// indexedJob is what of a Kubernetes Job (batch/v1) our manifests use: whatever else stands in one is an error.
type indexedJob struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   objectMeta
	Spec       struct {
		CompletionMode       string `yaml:"completionMode"`
		Completions          int
		Parallelism          int
		BackoffLimitPerIndex int `yaml:"backoffLimitPerIndex"`
		Template             struct {
			Metadata objectMeta
			Spec     struct {
				RestartPolicy                 string         `yaml:"restartPolicy"`
				AutomountServiceAccountToken  *bool          `yaml:"automountServiceAccountToken"`
				TerminationGracePeriodSeconds int            `yaml:"terminationGracePeriodSeconds"`
				SecurityContext               map[string]any `yaml:"securityContext"`
				Containers                    []struct {
					Name    string
					Image   string
					Command []string
					Args    []string
					Env     []struct {
						Name      string
						Value     string
						ValueFrom struct {
							SecretKeyRef struct{ Name, Key string } `yaml:"secretKeyRef"`
						} `yaml:"valueFrom"`
					}
					SecurityContext map[string]any `yaml:"securityContext"`
					Resources       struct{ Requests, Limits map[string]string }
				}
			}
		}
	}
}

type objectMeta struct {
	Name   string
	Labels map[string]string
}

// TestSeedJob reads the Job strictly, works out the command line of every index as its shell would, and holds it against
// the flags that there are.
func TestSeedJob(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../../deploy/k8s/seed-job.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var job indexedJob
	decoder := yaml.NewDecoder(bytes.NewReader(content), yaml.Strict())
	if err := decoder.Decode(&job); err != nil {
		t.Fatal(err)
	}
	spec := job.Spec
	if job.APIVersion != "batch/v1" || job.Kind != "Job" || job.Metadata.Name == "" || spec.CompletionMode != "Indexed" {
		t.Errorf("it is a %s %s %q of mode %s, want an Indexed Job", job.APIVersion, job.Kind, job.Metadata.Name, spec.CompletionMode)
	}
	if spec.Parallelism < 1 || spec.Parallelism > spec.Completions || spec.BackoffLimitPerIndex < 1 || spec.Template.Spec.RestartPolicy != "Never" {
		t.Errorf("parallelism %d of %d, backoff %d, restart policy %s", spec.Parallelism, spec.Completions, spec.BackoffLimitPerIndex, spec.Template.Spec.RestartPolicy)
	}
	if len(spec.Template.Spec.Containers) != 1 {
		t.Fatalf("%d containers", len(spec.Template.Spec.Containers))
	}
	container := spec.Template.Spec.Containers[0]
	if strings.Join(container.Command, " ") != "/bin/sh -c" || len(container.Args) != 1 {
		t.Fatalf("command %q with arguments %q, want a shell and a line", container.Command, container.Args)
	}
	if env := container.Env; len(env) != 1 || env[0].Name != "DATABASE_URL" || env[0].Value != "" || env[0].ValueFrom.SecretKeyRef.Key == "" {
		t.Errorf("environment %+v, want DATABASE_URL from a secret", env)
	}
	arithmetic := regexp.MustCompile(`\$\(\(JOB_COMPLETION_INDEX \+ 1\)\)`)
	if !arithmetic.MatchString(container.Args[0]) {
		t.Fatalf("the line %q does not count from JOB_COMPLETION_INDEX", container.Args[0])
	}
	for index := range spec.Completions {
		line := strings.TrimPrefix(arithmetic.ReplaceAllString(container.Args[0], strconv.Itoa(index+1)), "exec ")
		words := shellWords(line)
		if words[0] != "pgassay" || misused(newProgram().app(), words[1:]) != "" {
			t.Fatalf("index %d: %s: %s", index, line, misused(newProgram().app(), words[1:]))
		}
		for i, word := range words {
			if word != "--shard" {
				continue
			}
			if shard, shards, err := parseShard(words[i+1]); err != nil || shard != index+1 || shards != spec.Completions {
				t.Errorf("index %d makes part %d of %d, error %v; there are %d", index, shard, shards, err, spec.Completions)
			}
		}
		if !strings.Contains(line, "--shard") {
			t.Errorf("index %d makes no part: %s", index, line)
		}
	}
}
