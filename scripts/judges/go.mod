// Pins the Kubo that scripts/build-judges.sh builds, with everything it is made of.
module judges

go 1.25.0

require github.com/ipfs/kubo v0.39.0
