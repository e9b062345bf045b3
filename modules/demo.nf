// The made-up cohort with planted truth (docs/demo.md): every input of a run, in one folder.
include { word; words } from './flags'

process DEMO {
    label 'cpu_shard'

    input:
    val sources
    val seed
    path trunk

    output:
    path 'demo', emit: folder
    tuple val(task.process), val('tcra'), eval('make_demo.py --version'), topic: versions

    script:
    """
    # ${sources}
    make_demo.py --seed ${word(seed)} --trunk ${words(trunk)} --out demo
    """

    stub:
    """
    mkdir -p demo/tracks demo/checkpoint
    printf 'tissue,tracks,expression\\none,one.csv,one.bed.gz\\ntwo,two.csv,two.bed.gz\\n' > demo/tissues.csv
    printf 'id,bigwig\\nA,tracks/A.bw\\nB,tracks/B.bw\\n' > demo/one.csv
    printf 'id,bigwig\\nB,tracks/B.bw\\n' > demo/two.csv
    printf 'trait,path\\nheight,gwas.tsv.gz\\n' > demo/traits.csv
    touch demo/{genome.fa,genome.fa.fai,windows.bed,variants.vcf.gz,genotypes.vcf.gz,one.bed.gz,two.bed.gz,genes.gtf,gwas.tsv.gz,motif_sites.bed,planted.json}
    touch demo/tracks/{A,B}.bw demo/checkpoint/variables.index demo/checkpoint/variables.data-00000-of-00001
    """
}
