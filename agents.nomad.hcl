job "sockeye-agents" {
  group "agents" {
    count = 20

    task "agent" {
      driver = "docker"

      config {
        image           = "registry.example/sockeye:0.1.0"
        args            = ["agent"]
        readonly_rootfs = true
        ulimit          = { nofile = "65536:65536" }
        mount {
          type   = "tmpfs"
          target = "/tmp"
        }
      }

      template {
        destination = "secrets/nats.env"
        env         = true
        data        = <<END
SOCKEYE_NATS_URL=tls://nats.example:4222
SOCKEYE_NATS_TOKEN={{ with nomadVar "nomad/jobs/sockeye-agents" }}{{ .token }}{{ end }}
END
      }

      resources {
        cpu    = 2000
        memory = 2048
      }

      kill_timeout = "60s"
    }
  }
}
