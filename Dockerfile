# pgassay with a shell, for jobs that work out their arguments (deploy/k8s).
FROM golang:1.26-alpine AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -o /pgassay ./cmd/pgassay

FROM alpine:3
COPY --from=build /pgassay /usr/local/bin/pgassay
USER 65532:65532
ENTRYPOINT ["pgassay"]
